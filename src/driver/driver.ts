/**
 * The port through which an attempt is done. A driver turns one piece of work into progress and one outcome;
 * it decides nothing about what happens next. Types only: every room may import this file.
 */
import type { Json, JsonMap } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { Measured } from "../core/measured.ts";
import type { AgentQuestion, Failure, GivenAnswer, Usage } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Worker } from "../core/worker.ts";
import type { Role } from "../core/workflow.ts";

export type { Failure, Usage };

/** Everything an attempt sees. Made by work/, complete: a driver reads nothing else. */
export interface Work {
  /** `RUN/TASK/N`, `RUN/TASK[KEY]/N` for an instance: the fence. */
  readonly attempt: string;
  readonly run: string;
  readonly task: string;
  readonly number: number;
  readonly agent: string;
  /** How the agent is described; null for one that is built in. */
  readonly agentRole: Role | null;
  /** What its manifest says, of a worker; absent: it is none. */
  readonly worker?: Worker;
  readonly parameters: JsonMap;
  readonly options: JsonMap;
  /** The complete environment of the child; secrets included, so it is never journalled. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secret name → value, to be redacted from everything the attempt prints. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Absolute path of the working folder. */
  readonly workspace: string;
  /** Absolute path of the attempt's own folder (0700): output.log, result.json, artifacts/, tmp/, output. */
  readonly folder: string;
  readonly timeoutMs: number | null;
  readonly idleTimeoutMs: number | null;
  /** What it may use up, for a driver that can stop there by itself; null: no limit. */
  readonly budget: { readonly usd: number | null; readonly tokens: number | null };
  /** JSON Schema the output must fit, or null. */
  readonly outputSchema: Json | null;
  readonly brief: string;
  /** Of one that shall go on with the session of an earlier one; absent: it begins its own, as ever. */
  readonly session?: {
    /** What people are told of it. */
    readonly note: string;
    /** null: it is not there, and the brief has a summary in its place. */
    readonly kept: SessionBefore | null;
  };
  /** What people said to earlier attempts; the words are in the brief too. Absent: nothing. */
  readonly answers?: readonly GivenAnswer[];
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
  /** The name under which a still running child of this attempt is known; set when an earlier engine began it. */
  readonly reattach: boolean;
}

export interface SessionBefore {
  /** Of the attempt that keeps it; not to be written to, others may go on with it too. */
  readonly folder: string;
  /** `RUN/TASK/N`: whose it was. */
  readonly attempt: string;
  /** As the agent calls it. */
  readonly id: string;
  /** What the agent says that it used before. */
  readonly usage: Usage;
}

/** Something worth showing while an attempt runs. Goes to the screen and the log, never to the journal. */
export type Progress =
  | { readonly kind: "started"; readonly pid: number; readonly startTime: string }
  | { readonly kind: "output"; readonly bytes: number; readonly line: string }
  | { readonly kind: "usage"; readonly usage: Usage }
  /** It has printed nothing for so long; told once for each silence. */
  | { readonly kind: "quiet"; readonly quietMs: number };

/** What a driver says of an attempt. Whether it counts as success is decided by the engine. */
export interface Outcome {
  readonly status: "success" | "failed" | "cancelled" | "lost" | "quota_exhausted";
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Text or JSON, already redacted; null when there is none. */
  readonly output: Json;
  readonly failure: Failure | null;
  readonly durationMs: number;
  readonly usage: Usage | null;
  /** Bytes printed in all, also those that were left out of the log. */
  readonly outputBytes: number;
  readonly notes: readonly string[];
  /** Of a used-up quota: wall time of its reset, null when unknown. */
  readonly resetAt?: number | null;
  /** What else the driver knows, for the attempt's result file: a session, a version. Never read by the engine. */
  readonly detail?: JsonMap;
  /** Of a failed one: what a person must say before it can be done. */
  readonly asks?: AgentQuestion;
  /** Of one that the arm did not begin: what lies there in place of what was approved. */
  readonly stale?: Measured;
  /** Of a lost one: its process was never started, so losing it says nothing about the work. */
  readonly neverBegan?: boolean;
}

/** What is known of a task's attempts before any of them. */
export interface AskedOfDriver {
  readonly agent: string;
  readonly agentRole: Role | null;
  /** What its manifest says, of a worker; absent: it is none. */
  readonly worker?: Worker;
  /** Those that no expression gives. */
  readonly options: JsonMap;
  readonly environmentNames: readonly string[];
}

/** What a driver needs of the house: how processes are started, where time and chance come from. */
export interface Driver {
  readonly name: string;
  /** Finds out what takes time to find out and `refuse` needs to know. */
  prepare?(): Promise<void>;
  /** Why such attempts cannot be made on this machine, before anything starts; none: they can. */
  refuse?(asked: AskedOfDriver): readonly Problem[];
  /** Problems in the parameters, found at validate time; `path` in a problem's hint names the key. */
  check(parameters: JsonMap): readonly Problem[];
  /** `signal` aborts with a reason of "cancelled", "timeout", "budget" or "shutdown". */
  run(work: Work, signal: AbortSignal): AsyncGenerator<Progress, Outcome>;
  /** What stands for it in a rehearsal, where it changes nothing; absent: it is played as all others are. */
  rehearse?(work: Work, signal: AbortSignal): AsyncGenerator<Progress, Outcome>;
}
