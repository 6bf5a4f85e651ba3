/** The checks of tasks that succeeded, made again on what lies there now. Nothing is written. */
import { judged } from "../core/attempt.ts";
import type { Check } from "../core/criteria.ts";
import { Draft, type Spot } from "../core/draft.ts";
import type { AttemptOutcome, Entry } from "../core/event.ts";
import { present } from "../core/invariant.ts";
import { canonical, type Json } from "../core/json.ts";
import { lateTexts } from "../core/late.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Run } from "../core/run.ts";
import { scopeOf } from "../core/scope.ts";
import { at } from "../core/vector.ts";
import { seenTask, viewTask } from "../core/view.ts";
import type { TaskRow } from "../host/host.ts";
import type { Files } from "../port/files.ts";
import { fits } from "../spec/json-schema.ts";
import { mayBeWorktree } from "../spec/startable.ts";
import { type FoundFile, filesOf } from "../work/inside.ts";
import type { Outputs } from "../work/outputs.ts";
import type { Reader } from "./application.ts";
import { itemOf, taskOf } from "./json.ts";

export interface Verified {
  readonly state: "holds" | "fails" | "stale" | "unchecked";
  /** null: nothing that ran made it a success. */
  readonly attempt: number | null;
  readonly checks: readonly Check[];
  /** Why it does not hold, or is not known to hold any more. */
  readonly why: readonly string[];
}

export interface Around {
  readonly outputs: Outputs;
  readonly files: Files;
  readonly projectRoot: string;
}

/** How an attempt succeeded, and the run as it was then. */
interface Success {
  readonly outcome: AttemptOutcome;
  readonly attempt: number;
  readonly entry: Entry;
  readonly run: Run | null;
}

/** One run as it is, and what its successes rested on. */
export interface Past {
  readonly around: Around;
  /** null: outputs that its decisions rest on are gone, so it cannot be decided again. */
  readonly now: { readonly run: Run; readonly entry: Entry } | null;
  readonly successes: ReadonlyMap<string, Success>;
}

export function pastOf(reader: Reader, run: string, around: Around): Past {
  const entries = reader.entries(run);
  const isWhole = entries.every((entry) => isReadable(outputIn(entry), around));
  const changes = isWhole ? [...reader.changes(run)] : null;
  const successes = new Map<string, Success>();
  for (const [index, entry] of entries.entries()) {
    const outcome = successIn(entry);
    if (outcome === null || !("attempt" in entry.event)) continue;
    const { task, item, attempt } = entry.event;
    successes.set(placeText(task, item), { outcome, attempt, entry, run: changes?.[index]?.after ?? null });
  }
  const last = changes?.at(-1);
  return { around, successes, now: last === undefined ? null : { run: last.after, entry: last.entry } };
}

export function verify({ around, now, successes }: Past, row: TaskRow): Verified {
  const item = itemOf(row);
  const success = successes.get(placeText(taskOf(row), item ?? undefined));
  if (success === undefined || success.attempt !== row.attempts)
    return { state: "unchecked", attempt: null, checks: [], why: [] };
  const { attempt, outcome } = success;
  if (!isReadable(outcome.output, around)) return failed(attempt, "its output is gone, or is another by now");
  if (now === null) return failed(attempt, "outputs that its run rests on are gone, or are others by now");
  const draft = new Draft(now.run, now.entry, around.outputs);
  const spot = present(
    draft.spot({ task: taskOf(row), ...(item !== null && { item }) }),
    `${row.task} has a place`,
  );
  const files = filesIn(draft, spot, around);
  const checks = [...checksOf(draft, spot, outcome, around), ...files.map(({ check }) => check)];
  const wrong = checks.filter(({ passed }) => !passed);
  const why = wrong.map(({ check, actual }) => `${check} (is ${JSON.stringify(actual)})`);
  if (why.length > 0) return { state: "fails", attempt, checks, why };
  if (checks.length === 0) return { state: "unchecked", attempt, checks, why };
  const late = files.filter(({ modifiedMs }) => modifiedMs > success.entry.at);
  const stale = [
    ...changedBefore(draft, spot, success),
    ...late.map(({ path }) => `${path} was written after the attempt ended`),
  ];
  return { state: stale.length > 0 ? "stale" : "holds", attempt, checks, why: stale };
}

function failed(attempt: number, why: string): Verified {
  return { state: "fails", attempt, checks: [], why: [why] };
}

/** Schema, expected outputs and criteria, by the words of the workflow; what an attempt said of itself is no check. */
function checksOf(draft: Draft, spot: Spot, outcome: AttemptOutcome, around: Around): readonly Check[] {
  const { outputSchema, expectedOutputs } = spot.task;
  const output = readWhole(outcome.output, around);
  const misfits = outputSchema === null ? [] : fits(outputSchema, output);
  const said = misfits.map(({ path, message }) => `${path === "" ? "the output" : path} ${message}`);
  const schema =
    outputSchema === null
      ? []
      : [{ check: "output_schema", passed: said.length === 0, actual: said.slice(0, 5) }];
  const lacking = judged(draft, spot, outcome);
  const isMissing = lacking?.class === "output_missing";
  const expected = expectedOutputs.map((name) => {
    const isThere = typeof output === "object" && output !== null && Object.hasOwn(output, name);
    return { check: `${name} present`, passed: isThere, actual: isThere };
  });
  return [...schema, ...expected, ...(isMissing ? [] : draft.unit(spot).checks)];
}

/** The files an agent was to leave in the project; those of a worktree went with it. */
function filesIn(
  draft: Draft,
  spot: Spot,
  { files, projectRoot }: Around,
): readonly (Pick<FoundFile, "path" | "modifiedMs"> & { readonly check: Check })[] {
  const { workflow, start } = draft.state;
  const { artifacts, workspace, agent } = spot.task;
  const isElsewhere =
    mayBeWorktree(workspace) || mayBeWorktree(workflow.settings.workspace) || start.parent !== null;
  if (isElsewhere || start.rehearse || !workflow.roles.has(agent)) return [];
  const globs = lateTexts(artifacts, scopeOf(draft, spot), "artifacts");
  return (globs.ok ? globs.value : []).map((glob) => {
    let newest = { path: "", modifiedMs: 0 };
    for (const found of filesOf(files, projectRoot, glob))
      if (found.modifiedMs >= newest.modifiedMs) newest = found;
    const isThere = newest.path !== "";
    return { check: { check: `a file is ${glob}`, passed: isThere, actual: isThere }, ...newest };
  });
}

/** Tasks it depends on that gave something else since. */
function changedBefore(draft: Draft, { task }: Spot, { run }: Success): readonly string[] {
  if (run === null) return [];
  return task.dependencies.flatMap((index) => {
    const [then, now] = [at(run.tasks, index), draft.task(index)].map((state) => {
      const { output, status } = viewTask(seenTask(state), draft.lookup);
      return canonical([output ?? null, status ?? null]);
    });
    const id = draft.workflow.tasks[index]?.id ?? "";
    return then === now ? [] : [`${id} gave something else since`];
  });
}

function successIn({ event }: Entry): AttemptOutcome | null {
  if (event.type === "attempt.ended") return event.outcome.status === "success" ? event.outcome : null;
  if (event.type !== "cache.hit") return null;
  const { output, exitCode } = event;
  return { status: "success", output, exitCode, failure: null, durationMs: 0, usage: null };
}

function outputIn({ event }: Entry): OutputValue | null {
  if (event.type === "attempt.ended") return event.outcome.output;
  return event.type === "cache.hit" || event.type === "child.ended" ? event.output : null;
}

/** By its digest: one that was changed is as good as gone. */
function isReadable(output: OutputValue | null, { outputs }: Around): boolean {
  return output === null || "value" in output || outputs.whole(output.digest) !== null;
}

function readWhole(output: OutputValue, { outputs }: Around): Json {
  if ("value" in output) return output.value;
  return JSON.parse(present(outputs.whole(output.digest), "its output was looked for")) as Json;
}

function placeText(task: string, item: number | undefined): string {
  return `${item ?? ""} ${task}`;
}
