/** Whether a value has the shape that a schema asks for. */
import type { Json } from "../core/json.ts";
import { loadNow } from "../port/load-now.ts";
import type { Findings } from "./findings.ts";
import type { Schema } from "./schema-words.ts";
import type { Path } from "./source.ts";

/**
 * Checks a value against a schema. What does not fit is reported, then mended or left out in the value itself, so
 * that the next checks can read the rest and all problems are shown at once. False when nothing useful is left.
 */
export function checkShape(schema: Schema, value: Json, path: Path, findings: Findings): boolean {
  if (schema.safeParse(value).success) return true;
  const late = loadNow<typeof import("./issues.ts")>(import.meta.url, "issues");
  return late.reportAndMend(schema, value, path, findings);
}
