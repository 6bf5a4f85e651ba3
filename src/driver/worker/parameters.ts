/** What a worker's program is told of its task: arguments and variables with the parameters filled in. Pure. */
import { parseTemplate, render } from "../../core/expression/template.ts";
import { type Json, type JsonMap, own } from "../../core/json.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Worker } from "../../core/worker.ts";
import { sha256 } from "../../port/hash.ts";
import { takesOthers } from "../../spec/link-worker.ts";
import { misfits } from "../../spec/schema-fit.ts";

/** What does not fit the manifest's schema, as values that expressions gave. */
export function parameterTrouble({ parameters: schema }: Worker, parameters: JsonMap): string | null {
  const closed = takesOthers(schema) ? schema : { ...schema, additionalProperties: false };
  const found = misfits(closed, parameters).slice(0, 5);
  if (found.length === 0) return null;
  return found.map(({ path, message }) => `parameters${path} ${message}`).join("; ");
}

/** Arguments: each stays one, and none that comes from a parameter alone begins with a dash. */
export function argumentsOf(written: readonly string[], parameters: JsonMap): Result<readonly string[]> {
  const filled: string[] = [];
  for (const text of written) {
    const read = filledIn(text, parameters);
    if (!read.ok) return read;
    if (text.startsWith("${") && read.value.startsWith("-"))
      return bad({
        code: "E_ARG",
        message: `${text} is ${JSON.stringify(read.value.slice(0, 80))}, which its program would read as an option`,
        hint: "another value, or --option=${…} in the manifest",
      });
    filled.push(read.value);
  }
  return good(filled);
}

export function variablesOf(
  written: Readonly<Record<string, string>>,
  parameters: JsonMap,
): Result<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const [name, text] of Object.entries(written)) {
    const read = filledIn(text, parameters);
    if (!read.ok) return read;
    values[name] = read.value;
  }
  return good(values);
}

/** A parameter that was not given goes in as nothing. */
export function filledIn(text: string, parameters: JsonMap): Result<string> {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return bad({ code: "E_EXPR_SYNTAX", message: parsed.problems[0]?.message ?? text });
  const read = render(parsed.template, { get: (name) => own(parameters, name) ?? null, sha256 });
  if (!read.ok) return bad({ code: read.problem.code, message: read.problem.message });
  return good(textOf(read.value));
}

function textOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
