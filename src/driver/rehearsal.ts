/**
 * Plays every agent, worker, shell, notify and http in a rehearsal (formats.md 4): outcomes come from a script,
 * one per attempt; without one an attempt succeeds with the smallest output that its task accepts.
 */
import type { Json } from "../core/json.ts";
import { failure } from "../core/outcome.ts";
import type { Clock } from "../port/clock.ts";
import { smallest } from "../spec/json-schema.ts";
import { asking } from "./agent/question.ts";
import type { Driver, Outcome, Progress, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";

/** Task id → its outcomes in order. */
export type RehearsalScript = Readonly<Record<string, readonly RehearsedAttempt[]>>;

export interface RehearsedAttempt {
  readonly output?: Json;
  readonly exit_code?: number;
  /** A failure class. */
  readonly fail?: string;
  /** Seconds. */
  readonly delay?: number;
  readonly limit?: boolean;
  /** A question the agent asks a person, which `decision` of the same entry answers. */
  readonly ask?: string;
  /** For a question: the answer, or reject. For approvals: approve, reject, send_back or a choice, or a map with choice, comment, fields, to. */
  readonly decision?: Json;
  /** For waits: the data of the event that comes. */
  readonly event?: Json;
}

/** What the task expects, so that the default output satisfies it. */
export interface RehearsalNeeds {
  readonly expectedOutputs: readonly string[];
  readonly successExitCodes: readonly number[];
}

export interface RehearsalOptions {
  readonly script: RehearsalScript;
  readonly clock: Clock;
  readonly needsOf: (work: Work) => RehearsalNeeds;
  /** How many attempts of this task were made before this engine began. */
  readonly madeBefore: (task: string) => number;
}

export function rehearsalDriver(options: RehearsalOptions): Driver {
  const made = new Map<string, number>();
  return {
    name: "rehearsal",
    check: () => [],
    async *run(work: Work, signal: AbortSignal): AsyncGenerator<Progress, Outcome> {
      const turn = made.get(work.task) ?? options.madeBefore(work.task);
      made.set(work.task, turn + 1);
      const scripted = options.script[work.task]?.[turn];
      if (scripted?.delay !== undefined) await pause(options.clock, scripted.delay * 1000, signal);
      const line = `REHEARSAL ${work.task} (${work.agent})`;
      yield { kind: "output", bytes: line.length, line };
      if (signal.aborted) return { ...EMPTY_OUTCOME, status: "cancelled" };
      return play(work, scripted, options.needsOf(work));
    },
  };
}

function play(work: Work, scripted: RehearsedAttempt | undefined, needs: RehearsalNeeds): Outcome {
  if (scripted?.limit === true) return { ...EMPTY_OUTCOME, status: "quota_exhausted" };
  if (scripted?.fail !== undefined)
    return {
      ...EMPTY_OUTCOME,
      status: "failed",
      failure: failure(scripted.fail, `rehearsed failure of class ${scripted.fail}`),
    };
  if (scripted?.ask !== undefined)
    return {
      ...EMPTY_OUTCOME,
      ...asking({ kind: "question", message: scripted.ask, offers: [], wants: [] }),
    };
  const exitCode = scripted?.exit_code ?? 0;
  const output = scripted?.output ?? defaultOutput(work, needs);
  if (needs.successExitCodes.includes(exitCode)) return { ...EMPTY_OUTCOME, exitCode, output };
  return {
    ...EMPTY_OUTCOME,
    status: "failed",
    exitCode,
    output,
    failure: failure("unknown", `exit ${exitCode} (rehearsed)`),
  };
}

function defaultOutput(work: Work, needs: RehearsalNeeds): Json {
  if (work.outputSchema !== null) return smallest(work.outputSchema);
  if (needs.expectedOutputs.length > 0)
    return Object.fromEntries(needs.expectedOutputs.map((name) => [name, true]));
  return "REHEARSAL";
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, resolve, { hold: true });
    signal.addEventListener("abort", () => {
      cancel();
      resolve();
    });
  });
}
