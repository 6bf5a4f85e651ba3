/**
 * The workflows that a file calls by name or path become part of its definition: they are checked with it, and a run
 * goes on with them as they were when it began. Kept flat, each once, so that a file may call itself.
 */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { LIMITS, most } from "../core/limits.ts";
import type { Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import { eachTask } from "./check.ts";
import type { Findings } from "./findings.ts";
import { checkGiven } from "./given-params.ts";
import type { Path } from "./source.ts";
import type { CallableFile, Checked, Pinning, Surroundings } from "./surroundings.ts";

/** A key that no file may have: it is made here, from the files that are called. */
const KEY = "workflows";

export type ReadCallable = (file: CallableFile, surroundings: Surroundings) => Result<Checked>;

interface Pins {
  readonly surroundings: Surroundings;
  readonly findings: Findings;
  readonly read: ReadCallable;
  readonly pinning: Pinning;
}

export function pinWorkflows(
  definition: JsonMap,
  { surroundings, findings, read }: Omit<Pins, "pinning">,
): void {
  const pinning = surroundings.pinning ?? { depth: 0, definitions: new Map(), workflows: new Map() };
  const pins = { surroundings, findings, read, pinning };
  for (const call of callsIn(definition)) pin(call, pins);
  // Whatever a file calls is kept by the one at the top.
  if (surroundings.pinning !== undefined) return;
  const kept = reachable(definition, (name) => pinning.definitions.get(name) ?? undefined);
  if (kept !== null) (definition as Record<string, Json>)[KEY] = kept;
}

interface Call {
  readonly name: string;
  readonly params: JsonMap;
  readonly secrets: readonly string[];
  readonly path: Path;
  readonly key: "name" | "path";
}

/** Calls whose name is no expression: that one is known when the task starts. */
function callsIn(definition: JsonMap): readonly Call[] {
  const calls: Call[] = [];
  eachTask(definition, [], 0, ({ agent, parameters }, list, index) => {
    if (agent !== "workflow" || !isMap(parameters)) return;
    const key = parameters.path === undefined ? "name" : "path";
    const name = parameters[key];
    if (typeof name !== "string" || name.includes("${")) return;
    calls.push({
      name,
      params: isMap(parameters.params) ? parameters.params : {},
      secrets: Array.isArray(parameters.secrets) ? parameters.secrets.map(String) : [],
      path: [...list, index, "parameters"],
      key,
    });
  });
  return calls;
}

function pin(call: Call, pins: Pins): void {
  const workflow = called(call, pins);
  if (workflow === null) return;
  const { params, path } = call;
  const given = { values: params, path: [...path, "params"], at: { path, part: "key" } } as const;
  checkGiven(given, workflow, pins.findings);
}

/** The workflow it names; null when it is being read further up, cannot be read, or lies deeper than runs may. */
function called(
  { name, secrets, path, key }: Call,
  { surroundings, findings, read, pinning }: Pins,
): Workflow | null {
  const { definitions, workflows, depth } = pinning;
  const isTooDeep = depth >= most(LIMITS.groupDepth, surroundings.limits);
  if (surroundings.callable === undefined || isTooDeep || definitions.get(name) === null) return null;
  // Which secrets it is given decides what it may read.
  const asked = JSON.stringify([name, ...secrets.toSorted()]);
  const known = workflows.get(asked);
  if (known !== undefined) return known;
  if (!definitions.has(name)) definitions.set(name, null);
  const file = surroundings.callable(name);
  const checked = file.ok
    ? read(file.value, {
        ...surroundings,
        secretCommandsAllowed: file.value.isOwn,
        secretsGiven: new Set(secrets),
        pinning: { ...pinning, depth: depth + 1 },
      })
    : file;
  // What is wrong with a file is told at its first call.
  workflows.set(asked, checked.ok ? checked.value.workflow : null);
  if (!checked.ok) {
    definitions.delete(name);
    findings.addOthers(checked.problems, [...path, key]);
    return null;
  }
  definitions.set(name, JSON.parse(checked.value.definition) as JsonMap);
  return checked.value.workflow;
}

/** All that a definition calls, directly or through others, by the words of the calls; null when it calls nothing. */
function reachable(definition: JsonMap, find: (name: string) => JsonMap | undefined): JsonMap | null {
  const kept = new Map<string, JsonMap>();
  const open = [definition];
  // Grows while it is walked through; each name is followed once.
  for (const one of open) {
    for (const { name } of callsIn(one)) {
      const found = kept.has(name) ? undefined : find(name);
      if (found === undefined) continue;
      kept.set(name, found);
      open.push(found);
    }
  }
  if (kept.size === 0) return null;
  return Object.fromEntries([...kept].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Every task a run may come to have by its id, in groups and called workflows too; null when an expression decides. */
export function tasksNamed(definition: JsonMap): ReadonlySet<string> | null {
  const ids = new Set<string>();
  let isKnown = true;
  for (const one of [definition, ...pinnedWorkflows(definition).values()]) {
    const pinned = pinnedWorkflows(definition);
    let calls = 0;
    eachTask(one, [], 0, ({ id, agent }) => {
      ids.add(String(id));
      calls += Number(agent === "workflow");
    });
    isKnown &&= callsIn(one).filter(({ name }) => pinned.has(name)).length === calls;
  }
  return isKnown ? ids : null;
}

/** Of a definition that was pinned before. */
export function pinnedWorkflows(definition: JsonMap): ReadonlyMap<string, JsonMap> {
  const written = definition[KEY];
  return new Map(isMap(written) ? (Object.entries(written) as [string, JsonMap][]) : []);
}

/** The whole definition of one that is pinned: the same text as if its file had been read alone. */
export function pinnedDefinition(pinned: ReadonlyMap<string, JsonMap>, name: string): JsonMap | null {
  const found = pinned.get(name);
  if (found === undefined) return null;
  const kept = reachable(found, (other) => pinned.get(other));
  return kept === null ? found : { ...found, [KEY]: kept };
}
