/** `output_schema`: written out, in a file (read once, so that the definition holds it), or decapod:workflow. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import type { Findings } from "./findings.ts";
import { checkSchema } from "./json-schema.ts";
import type { Place } from "./link-text.ts";
import type { Path } from "./source.ts";

export const WORKFLOW_SCHEMA = "decapod:workflow";

export function outputSchemaOf(task: JsonMap, place: Place): Json | null {
  const value = task.output_schema;
  if (value === undefined || value === null || value === WORKFLOW_SCHEMA) return value ?? null;
  const { isTrusted, findings } = place.level.root;
  if (isTrusted && isMap(value)) return value;
  const path = [...place.path, "output_schema"];
  if (!isMap(value)) {
    // A file's text took the name's place before linking; what is still a name could not be read.
    if (!isTrusted)
      findings.add(
        "E_NOT_FOUND",
        { path },
        {
          message: `the schema file ${String(value)} cannot be read`,
          hint: `a path inside the project, or ${WORKFLOW_SCHEMA}`,
        },
      );
    return null;
  }
  checkSchemaAt(value, path, findings);
  return value;
}

export function checkSchemaAt(schema: JsonMap, path: Path, findings: Findings): void {
  for (const problem of checkSchema(schema)) {
    const steps = problem.path.split("/").slice(1).map(fromPointer);
    const inner = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    findings.add(problem.code, { path: [...path, ...inner] }, { message: problem.message });
  }
}

function fromPointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
