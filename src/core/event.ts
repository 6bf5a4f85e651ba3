/**
 * The facts a run is made of. These words are for ever (test/pins.test.ts): old journals are read by every
 * later version. Entries are facts only; what follows from them (queued, skipped, asked, closed) is computed.
 */

import type { CacheScope } from "./cache-scope.ts";
import type { EnvironmentValue } from "./expression/template.ts";
import type { ItemCost } from "./item-cost.ts";
import type { Json, JsonMap } from "./json.ts";
import type { Fanned, Limits } from "./limits.ts";
import type { Approved, Measured } from "./measured.ts";
import type { AgentQuestion, Failure, GivenAnswer, OutputValue, Usage } from "./outcome.ts";
import type { Mended, Purpose } from "./purpose.ts";
import type { SecretSource } from "./secret-source.ts";
import type { GoesOn } from "./session-words.ts";
import type { Worker } from "./worker.ts";
import type { Role } from "./workflow.ts";
import type { Changed, OwnWorktree, PassWorktree } from "./workspace-words.ts";

/** A fact with its place in a run's journal. */
export interface Entry {
  readonly run: string;
  /** Counts from 1 without gaps. */
  readonly sequence: number;
  /** Wall time, ms since the epoch. Order never rests on it. */
  readonly at: number;
  /** Monotonic ms that engines spent with this run open, summed over all of them. Never goes back. */
  readonly tick: number;
  /** Idempotency key of whoever sent the event; null where none was given. */
  readonly key: string | null;
  readonly event: Event;
}

/** Which try of which task: `item` is the place in a foreach or matrix, absent for a task that is not mapped. */
export interface AttemptRef {
  readonly task: string;
  readonly item?: number;
  readonly attempt: number;
}

export interface ParentRef extends AttemptRef {
  readonly run: string;
  /** The run at the top, whose slots and budget are drawn on. */
  readonly root: string;
  /** 1 for a child of a run that nobody called. */
  readonly depth: number;
}

/** A limit on how many attempts run at once under one name, over all runs of the project. */
export interface Lane {
  readonly name: string;
  readonly limit: number;
}

/** Paths that a pass of a group or sub-workflow writes: nobody else's while the run that it became lives. */
export interface Hold {
  readonly run: string;
  readonly touches: readonly string[];
}

export interface RunStarted {
  readonly type: "run.started";
  /** The numbered set of engine rules this run is decided under. */
  readonly rules: 1;
  readonly workflow: string;
  /** Digest of the definition; with `path`, ids of nested groups, of a body inside it. */
  readonly digest: string;
  readonly path: readonly string[];
  readonly params: JsonMap;
  /** Of a body: values of the outer names it reads. */
  readonly scope: JsonMap | null;
  readonly parent: ParentRef | null;
  /** Lanes of the parents that every attempt of this run also needs. */
  readonly lanes: readonly Lane[];
  /** Of the passes this run lies in, the outermost first, its own last; absent when none of them holds paths. */
  readonly holds?: readonly Hold[];
  readonly trigger: JsonMap;
  /** Where jitter comes from: an integer below 2^32. */
  readonly seed: number;
  /** Values of `env.*`: the names under env.pass of decapod.yaml. */
  readonly environment: JsonMap;
  readonly rehearse: boolean;
  /** Tasks left out by --only, --from, --until, with what they had given before. */
  readonly leftOut: {
    readonly [task: string]: { readonly status: string; readonly output: OutputValue };
  } | null;
  readonly maxParallel: number | null;
  readonly budget: { readonly usd: number | null; readonly tokens: number | null } | null;
  readonly label: string | null;
  readonly by: string;
  /** Of a child, whose `by` is a run: the person who started the run at the top. */
  readonly onBehalfOf?: string;
  /** Of a sub-workflow and of what is inside it: the secrets its parent handed down, by where they come from. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  readonly retryOf: string | null;
  /** Of a first pass: what had come before it that its waits may want. */
  readonly events?: readonly GivenEvent[];
  /** The file it was started from, relative to the project where it lies inside: a rehearsal's script lies beside it. */
  readonly file?: string;
  /** Of an inline workflow and of what is inside it: the agents it may use beside roles, and how many tasks are left to it. */
  readonly plan?: { readonly allow: readonly string[]; readonly maxTasks: number };
  /** The limits it is decided under that the project had made smaller; absent: none. */
  readonly limits?: Limits;
  /** Where `limits.fan_out` of this run comes from, as people are told. */
  readonly fanOutFile?: string;
  /** What an item of a mapped task took, by task, where past runs tell it and can be read; absent: nobody looked. */
  readonly itemCosts?: Readonly<Record<string, ItemCost>>;
  readonly isPastTooLong?: true;
  /** Before a person is asked about a deploy it is looked at; absent in runs of a time that did not. */
  readonly measures?: true;
  /** Of a child below a mapped task: what else that starts. */
  readonly fanned?: Fanned;
  /** Of a child that is gone on after when it fails: nobody is asked about what fails in it. */
  readonly escalates?: false;
  /** Of a child whose task asks for a worktree: how its branch comes into the one around it. */
  readonly worktree?: PassWorktree;
}

export interface AttemptEnded extends AttemptRef {
  readonly type: "attempt.ended";
  readonly outcome: AttemptOutcome;
}

/** The cause of an attempt.lost that a person asked for (ctrl-C): it is made again and counts for nothing. */
export const INTERRUPTED = "interrupted";

/** What an arm reports: already redacted, checked against the output schema, large outputs put into files. */
export interface AttemptOutcome {
  readonly status: "success" | "failed" | "cancelled" | "quota_exhausted";
  readonly exitCode: number | null;
  readonly output: OutputValue;
  readonly failure: Failure | null;
  readonly durationMs: number;
  readonly usage: Usage | null;
  /** Wall time of a quota's reset; null when unknown. */
  readonly resetAt?: number | null;
  readonly notes?: readonly string[];
  /** Of one that failed for want of an answer. */
  readonly asks?: AgentQuestion;
  /** Of an agent: its output is not what `output_schema` asks for, and it can be asked again; the failure says how. */
  readonly misfit?: true;
  /** Of one whose criteria ask for it. */
  readonly changed?: Changed;
  /** Of one that was not begun: what was approved has changed, and this lies there now. */
  readonly stale?: Measured;
}

export interface DecisionMade {
  readonly type: "decision.made";
  readonly decision: string;
  /** approve, reject, send_back, or one of the task's own choices; of a blocker: retry, happened, fail or give_up; of a budget: raise, stop; of a question: answer, reject. */
  readonly choice: string;
  readonly comment: string | null;
  readonly fields: JsonMap;
  readonly by: string;
  readonly via: string;
  /** The plan the person saw; refused when the task's plan is another by now. */
  readonly digest?: string;
  /** What was typed. Checked byte for byte by refuse, never journalled. */
  readonly phrase?: string;
  /** Journalled in place of the phrase, once it has matched. */
  readonly confirmed?: true;
  /** Target of send_back. */
  readonly to?: string;
}

/** What may come from outside for `agent: wait`. */
export interface GivenEvent {
  readonly name: string;
  readonly key: string;
  readonly data: Json;
}

export interface EventReceived extends GivenEvent {
  readonly type: "event.received";
  /** `kept`: nobody looked after the run, so it is there for its waits; `given`: somebody does, and they get it. */
  readonly late?: "kept" | "given";
}

export interface ChildEnded extends AttemptRef {
  readonly type: "child.ended";
  readonly child: string;
  readonly status: "success" | "failed" | "cancelled";
  readonly output: OutputValue;
  /** Task id → its view, for `${g.tasks.ID…}` and `until`. */
  readonly tasks: JsonMap;
  readonly failure: Failure | null;
  readonly durationMs: number;
  readonly usage: Usage | null;
  /** What became of what it changed in a worktree of its own. */
  readonly notes?: readonly string[];
}

/**
 * Whether anything goes on in a child: `child.waits` when all in it only waits for people, quota, budget, a place or
 * time, or it is paused; `child.moves` when that is over. The clock of the parent stands meanwhile.
 */
export interface ChildNews extends AttemptRef {
  readonly type: "child.waits" | "child.moves";
  readonly child: string;
}

export type Event =
  | RunStarted
  | { readonly type: "run.paused"; readonly by: string }
  /** `interrupted`: it was not paused, but nobody looked after it. */
  | { readonly type: "run.resumed"; readonly by: string; readonly interrupted?: true }
  /** From a parent the reason is `parent`, then `parent_twice`: said again, neither counts again. */
  | { readonly type: "run.cancelled"; readonly by: string; readonly reason: string }
  | { readonly type: "run.reopened"; readonly by: string; readonly tasks: readonly string[] }
  | ({ readonly type: "attempt.started" } & AttemptRef & Purpose)
  | AttemptEnded
  | ({ readonly type: "attempt.lost"; readonly cause: string; readonly undone?: boolean } & AttemptRef)
  | {
      readonly type: "task.expanded";
      readonly task: string;
      readonly items: readonly Item[];
      /** What a cache had of the whole task: an output for each item, and nothing of it is made. Absent: nothing. */
      readonly cached?: readonly OutputValue[];
    }
  /** Of a task that a person is asked about: what the engine found there. */
  | { readonly type: "task.measured"; readonly task: string; readonly found: Measured }
  | { readonly type: "timer.fired"; readonly timer: string }
  | DecisionMade
  | EventReceived
  | ChildEnded
  | ChildNews
  | { readonly type: "group.granted"; readonly group: string }
  | ({
      readonly type: "cache.hit";
      readonly output: OutputValue;
      readonly exitCode: number | null;
    } & AttemptRef);

export interface Item {
  readonly key: string;
  readonly value: Json;
}

/** The event as it goes into the journal: the typed phrase stays out of it. */
export function journalled(event: Event): Event {
  if (event.type !== "decision.made") return event;
  // Whether it matched is said here, by nobody else.
  const { phrase, confirmed: _, ...kept } = event;
  return phrase === undefined ? kept : { ...kept, confirmed: true };
}

/** What an attempt is given, all expressions read; secrets still by name. */
export interface Assignment extends AttemptRef {
  readonly run: string;
  readonly key: string | null;
  /** What is being tried: the task itself, its repair or its fallback. */
  readonly role: "task" | "repair" | "fallback";
  readonly agent: string;
  /** How the agent is described; null for one that is built in, or a worker, which has a manifest. */
  readonly agentRole: Role | null;
  readonly worker?: Worker;
  readonly parameters: JsonMap;
  readonly options: JsonMap;
  readonly env: Readonly<Record<string, EnvironmentValue>>;
  readonly timeoutMs: number | null;
  readonly idleTimeoutMs: number | null;
  readonly outputSchema: Json | null;
  readonly effect: "idempotent" | "checkable" | "once";
  readonly check: readonly string[] | null;
  /** null: no cache is asked. */
  readonly cache: CacheScope | null;
  readonly artifacts: readonly string[];
  /** It has no worktree of its own and a dependant, also one of its group, has one: what its artifacts name is kept for that. */
  readonly carries?: true;
  /** null: it begins a session of its own. */
  readonly goesOn: GoesOn | null;
  /** Attempts that follow may go on with its session, whatever it comes to. */
  readonly keepsSession: boolean;
  readonly feedback: string | null;
  /** What was said to earlier attempts. */
  readonly answers: readonly GivenAnswer[];
  /** Of a repair: what failed. */
  readonly mends?: Mended;
  /** A worktree of its own; absent: it works where its run works. */
  readonly worktree?: OwnWorktree;
  /** What is left of the task's and run's budget, for the driver to stop at. */
  readonly budget: { readonly usd: number | null; readonly tokens: number | null };
  /** What was approved: it is done only while that is still so. Absent: nothing was looked at. */
  readonly approved?: Approved;
  /** A person has let it reach production; absent: it may not. */
  readonly reachesProduction?: true;
  readonly dependencies: readonly {
    readonly id: string;
    readonly status: string;
    readonly output: OutputValue;
    /** Of a group or sub-workflow, for one that works in a worktree: its runs, of each item the last. */
    readonly runs?: readonly string[];
  }[];
}
