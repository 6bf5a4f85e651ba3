/**
 * When agents worked in the project's own folder, and in which runs: what comes into `tasks/pending` meanwhile may be
 * theirs. A script and a worker do what people wrote down; an agent does what it reads somewhere. One that has a worktree
 * writes there.
 */
import type { Entry, Event } from "../../core/event.ts";
import type { Change } from "../../core/replay.ts";
import type { Task, Workflow } from "../../core/workflow.ts";
import type { RunRow } from "../../host/host.ts";
import type { Clock } from "../../port/clock.ts";
import { inTurns } from "../../port/in-turns.ts";

export interface WorkReader {
  run(id: string): RunRow | null;
  workflow(run: string): Workflow | null;
  entries(run: string): readonly Entry[];
  /** Of runs that ended then or later, and of those that are open. */
  livedSince(at: number): readonly string[];
  /** The last sign of life of an attempt; null: it has printed nothing. */
  lastPrinted(attempt: Attempt): number | null;
}

interface Attempt {
  readonly run: string;
  readonly task: string;
  readonly item: number | null;
  readonly attempt: number;
}

/** Wall time, ms since the epoch. */
interface Span {
  /** The run at the top. */
  readonly root: string;
  readonly from: number;
  readonly to: number;
}

type Ref = Extract<Event, { readonly type: "attempt.started" | "attempt.ended" | "attempt.lost" }>;

/** So long after an attempt nothing that came while it worked is still to be looked at. */
const KEPT_MS = 10 * 60_000;
const PRUNED_ABOVE = 1_000;

export class AgentsAtWork {
  readonly #reader: WorkReader;
  readonly #spans = new Map<string, Span>();
  /** Whether a run works in the project's own folder. */
  readonly #here = new Map<string, boolean>();

  constructor(reader: WorkReader) {
    this.#reader = reader;
  }

  /** Those of runs that lived then or later. `isLive`: somebody works on the run, so that its attempts may be alive. */
  async lookBack(at: number, clock: Clock, isLive: (run: string) => boolean): Promise<void> {
    for await (const run of inTurns(this.#reader.livedSince(at), clock)) {
      const workflow = this.#reader.workflow(run);
      const row = this.#reader.run(run);
      if (workflow === null || row === null || row.rehearse || workflow.roles.size === 0) continue;
      for (const entry of this.#reader.entries(run)) this.#note(entry, workflow, row.root);
      if (!isLive(run)) this.#endAll(run);
    }
  }

  /** As it happens. */
  see(changes: readonly Change[]): void {
    for (const { entry, after } of changes)
      if (!after.start.rehearse && after.workflow.roles.size > 0)
        this.#note(entry, after.workflow, after.start.parent?.root ?? after.id);
  }

  /** The runs at the top in which an agent worked at that time. */
  runsAt(at: number): readonly string[] {
    const found = new Set<string>();
    for (const { root, from, to } of this.#spans.values()) if (from <= at && at <= to) found.add(root);
    return [...found];
  }

  #note({ run, at, event }: Entry, workflow: Workflow, root: string): void {
    switch (event.type) {
      case "attempt.started":
        if (this.#isAgentHere(run, event, workflow))
          this.#spans.set(keyOf(run, event), { root, from: at, to: Number.POSITIVE_INFINITY });
        return;
      case "attempt.ended":
      case "attempt.lost":
        this.#end(keyOf(run, event), at);
        this.#prune(at);
        return;
      default:
        return;
    }
  }

  #end(key: string, at: number): void {
    const span = this.#spans.get(key);
    if (span !== undefined) this.#spans.set(key, { ...span, to: Math.min(span.to, at) });
  }

  /** Their end is told by whoever takes the run up; until then an attempt lived as long as it said something. */
  #endAll(run: string): void {
    for (const [key, { from, to }] of this.#spans) {
      const attempt = attemptOf(key);
      if (attempt.run !== run || to !== Number.POSITIVE_INFINITY) continue;
      this.#end(key, Math.max(from, this.#reader.lastPrinted(attempt) ?? 0));
    }
  }

  #prune(now: number): void {
    if (this.#spans.size < PRUNED_ABOVE) return;
    for (const [key, { to }] of this.#spans) if (to < now - KEPT_MS) this.#spans.delete(key);
  }

  #isAgentHere(run: string, { task: id }: Ref, workflow: Workflow): boolean {
    const task = workflow.tasks[workflow.indexOf.get(id) ?? -1];
    return task !== undefined && isAgent(task, workflow) && !isApart(task) && this.#isHere(run, workflow);
  }

  #isHere(run: string, workflow: Workflow | null): boolean {
    const known = this.#here.get(run);
    if (known !== undefined) return known;
    const parent = this.#reader.run(run)?.parent ?? null;
    const isHere =
      !isApart(workflow?.settings) &&
      (parent === null || (!this.#isPassApart(run) && this.#isHere(parent, this.#reader.workflow(parent))));
    this.#here.set(run, isHere);
    return isHere;
  }

  /** The task that it is a pass of asked for a worktree. */
  #isPassApart(run: string): boolean {
    const [first] = this.#reader.entries(run);
    return first?.event.type === "run.started" && first.event.worktree !== undefined;
  }
}

/** Also where it only mends the task, or stands in for it. */
function isAgent({ agent, repair, fallback }: Task, { roles }: Workflow): boolean {
  return [agent, repair?.agent, fallback?.agent].some((one) => one !== undefined && roles.has(one));
}

/** What an expression decides counts as the project's own folder. */
function isApart(place: Pick<Task, "workspace"> | undefined): boolean {
  return place?.workspace?.mode === "worktree";
}

function keyOf(run: string, { task, item, attempt }: Ref): string {
  return JSON.stringify([run, task, item ?? null, attempt]);
}

function attemptOf(key: string): Attempt {
  const [run, task, item, attempt] = JSON.parse(key);
  return { run, task, item, attempt };
}
