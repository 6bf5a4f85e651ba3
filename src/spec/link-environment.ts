/** `env` of a task: names a task may set, values as text. */
import { forbiddenEnvironmentName } from "../core/environment-names.ts";
import { literal, type Template } from "../core/expression/template.ts";
import { isMap, type JsonMap } from "../core/json.ts";
import type { Rule } from "./level.ts";
import { below, type Place, ruled, template } from "./link-text.ts";

const NO_NAMES: readonly never[] = [];
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function environmentOf(
  { env: value }: JsonMap,
  task: Place,
  rule: Rule,
): readonly (readonly [string, Template])[] {
  if (!isMap(value)) return NO_NAMES;
  const place = ruled(below(task, "env"), rule);
  return Object.entries(value).map(([name, one]) => {
    const at = below(place, name);
    checkName(name, at);
    if (typeof one === "number") checkSpelling(one, at);
    return [name, typeof one === "string" ? template(one, at) : literal(String(one))] as const;
  });
}

function checkName(name: string, place: Place): void {
  const { findings } = place.level.root;
  const spot = { path: place.path, part: "key" } as const;
  if (!NAME.test(name)) {
    findings.add("E_ENV_NAME", spot, {
      message: `"${name}" cannot name an environment variable`,
      hint: "letters, digits and _, not beginning with a digit",
    });
  } else if (forbiddenEnvironmentName(name)) {
    findings.add("E_ENV_NAME", spot, { message: `a task may not set ${name}`, hint: "take another name" });
  }
}

/** `1.10` would arrive as 1.1: a number is good where its text is the text that was written. */
export function checkSpelling(value: number, place: Place): void {
  const { findings } = place.level.root;
  const written = findings.source?.written(place.path);
  if (written === undefined || written === null || written === String(value)) return;
  findings.add(
    "E_TYPE",
    { path: place.path },
    { message: `${written} would arrive as ${value}`, hint: `write it in quotes: "${written}"` },
  );
}
