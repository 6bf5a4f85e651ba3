/** Fields that some agents cannot carry out: said at once, not passed over in silence. */
import { isMap, type JsonMap, own } from "../core/json.ts";
import type { Place } from "./link-text.ts";

const INSIDE = "write it on the tasks inside";
const NO_ATTEMPT = "this agent makes no attempt of its own";
const REPEAT = "put it into a group and repeat the group";

/** Of what the engine does itself there is no process and no output of an agent. */
const ENGINE = {
  repeat: REPEAT,
  retry: NO_ATTEMPT,
  fallback: NO_ATTEMPT,
  repair: NO_ATTEMPT,
  idle_timeout: NO_ATTEMPT,
  output_schema: NO_ATTEMPT,
  expected_outputs: NO_ATTEMPT,
  success_criteria: NO_ATTEMPT,
  cache: NO_ATTEMPT,
} as const;

const AROUND = {
  fallback: INSIDE,
  idle_timeout: INSIDE,
  output_schema: INSIDE,
  cache: INSIDE,
  env: INSIDE,
} as const;

const UNFIT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  approval: { ...ENGINE, timeout: "parameters: { expires: … }" },
  wait: { ...ENGINE, timeout: "parameters: { timeout: … }, of a wait for an event" },
  finish: { ...ENGINE, timeout: NO_ATTEMPT },
  group: AROUND,
  workflow: AROUND,
};

/** Said as a warning: what stands there is harmless, and only does nothing. */
const IDLE_OF_ENGINE = [
  "artifacts",
  "touches",
  "concurrency",
  "pool",
  "labels",
  "env",
  "budget",
  "workspace",
];
const IDLE_AROUND = ["artifacts", "pool", "labels"];
const IDLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["approval", IDLE_OF_ENGINE],
  ["wait", IDLE_OF_ENGINE],
  ["finish", IDLE_OF_ENGINE],
  ["group", IDLE_AROUND],
  ["workflow", IDLE_AROUND],
]);

/** Of the task as it is written: what comes from `defaults` is for those it fits. */
export function checkFieldsFit(written: JsonMap, place: Place, agent: string): void {
  for (const [field, hint] of Object.entries(own(UNFIT, agent) ?? {})) {
    if (own(written, field) === undefined) continue;
    const message = `${field} has no effect on a task of agent ${agent}`;
    place.level.root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, field], part: "key" },
      { message, hint },
    );
  }
  const { parameters } = written;
  const isDetached = agent === "workflow" && isMap(parameters) && parameters.detached === true;
  for (const field of [...(IDLE.get(agent) ?? []), ...(isDetached ? ["workspace"] : [])]) {
    if (own(written, field) === undefined) continue;
    const message = `${field} has no effect on a task of agent ${agent}${isDetached ? " that is detached" : ""}`;
    const hint = IDLE.get(agent) === IDLE_AROUND ? INSIDE : NO_ATTEMPT;
    const spot = { path: [...place.path, field], part: "key" } as const;
    place.level.root.findings.warn("W_NO_EFFECT", spot, { message, hint });
  }
}
