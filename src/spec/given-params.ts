/** Params that a file itself gives, to a workflow it calls or by a trigger, against what is declared. */
import { type Json, type JsonMap, own } from "../core/json.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Findings, Spot } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { badValue } from "./param-value.ts";
import type { Path } from "./source.ts";

export interface Given {
  readonly values: JsonMap;
  readonly path: Path;
  /** Where it is told that one is missing. */
  readonly at: Spot;
}

type Taking = Pick<Workflow, "name" | "params" | "paramsDeclared">;

/** Values with `${ }` are judged when they are known. */
export function checkGiven(
  { values, path, at }: Given,
  { name: taker, params, paramsDeclared }: Taking,
  findings: Findings,
): void {
  const known = params.map(({ name }) => name);
  for (const [name, value] of Object.entries(values)) {
    const param = params.find((one) => one.name === name);
    if (param === undefined && paramsDeclared) {
      const hint =
        nearest(name, known) ?? (known.length > 0 ? `params: ${known.join(", ")}` : "it has no params");
      const message = `${taker} has no param "${name}"`;
      findings.add("E_PARAM_UNKNOWN", { path: [...path, name], part: "key" }, { message, hint });
    }
    const problem = param === undefined || holdsExpression(value) ? null : badValue(param, value);
    if (problem !== null) findings.add(problem.code, { path: [...path, name] }, problem);
  }
  const missing = params.filter(
    ({ name, required, default: otherwise }) =>
      required && otherwise === null && own(values, name) === undefined,
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const hint = `params: { ${names.map((name) => `${name}: …`).join(", ")} }`;
  findings.add("E_PARAM_MISSING", at, { message: `${taker} needs ${names.join(", ")}`, hint });
}

function holdsExpression(value: Json): boolean {
  return JSON.stringify(value).includes("${");
}
