/** The result of a task file, as text (formats.md 3): what scripts read on top, what people read below. */
import { instant } from "../../core/calendar.ts";
import type { Json, JsonMap } from "../../core/json.ts";
import { isMap, own } from "../../core/json.ts";
import { BUILT_IN } from "../../core/limits.ts";
import type { FailureAction } from "../../core/outcome.ts";
import { good, type Result } from "../../core/problem.ts";
import { writeYaml } from "../../spec/write-yaml.ts";
import { readFenced } from "./front-matter.ts";

export interface Check {
  readonly check: string;
  readonly passed: boolean;
  readonly actual: Json;
}

export interface TaskResult {
  readonly taskId: string;
  readonly taskType: string;
  readonly status: "success" | "failed";
  /** Each expected output; null for one that was not given. */
  readonly outputs: JsonMap;
  readonly errors: readonly Json[];
  /** ms since the epoch; null when nothing was started. */
  readonly startedAt: number | null;
  readonly completedAt: number;
  readonly durationSeconds: number;
  readonly attempts: number;
  readonly runId: string | null;
  readonly worker: string | null;
  readonly criteria: readonly Check[];
  readonly error: ResultError | null;
  readonly retryOf: string | null;
  readonly costUsd: number | null;
  readonly log: Log | null;
}

export interface ResultError {
  readonly class: string;
  readonly action: "auto_fix" | "retry" | "escalate";
  readonly message: string;
  readonly whatWasTried: readonly string[];
}

export interface Log {
  /** The last lines, safe to be shown. */
  readonly tail: string;
  /** Where all of it lies, relative to the project. */
  readonly file: string;
}

/** What a person or an agent does next about a failure; the waiting for a quota is over when there is a result. */
export function resultAction(action: FailureAction): ResultError["action"] {
  return action === "wait" ? "retry" : action;
}

export function resultText(result: TaskResult): string {
  const parts = [`## Summary\n\n${summary(result)}\n`, metrics(result), logPart(result.log)];
  return `---\n${writeYaml(frontOf(result))}---\n\n${parts.filter((part) => part !== "").join("\n")}`;
}

/** The front matter of a result, for who looks at it again. */
export function readResult(file: string, text: string): Result<JsonMap> {
  const fenced = readFenced(file, text, BUILT_IN);
  if (!fenced.ok) return fenced;
  const { value } = fenced.value.front;
  return good(isMap(value) ? value : {});
}

function frontOf(result: TaskResult): JsonMap {
  const { taskId, taskType, status, outputs, errors, startedAt, completedAt, error, retryOf } = result;
  const fixed: JsonMap = {
    task_id: taskId,
    task_type: taskType,
    status,
    ...(retryOf !== null && { retry_of: retryOf }),
    errors,
    started_at: startedAt === null ? null : instant(startedAt),
    completed_at: instant(completedAt),
    duration_seconds: result.durationSeconds,
    attempts: result.attempts,
    run_id: result.runId,
    worker: result.worker,
    criteria: result.criteria.map(({ check, passed, actual }) => ({ check, passed, actual })),
    ...(error !== null && {
      error: {
        class: error.class,
        action: error.action,
        message: error.message,
        what_was_tried: error.whatWasTried,
      },
    }),
  };
  // What decapod itself says of a task is said by nobody else.
  const given = Object.entries(outputs).filter(([name]) => own(fixed, name) === undefined);
  const { task_id, task_type, status: state, ...rest } = fixed;
  return { task_id, task_type, status: state, ...Object.fromEntries(given), ...rest } as JsonMap;
}

function summary(result: TaskResult): string {
  const { taskType, status, durationSeconds, attempts, criteria, outputs, error } = result;
  const tries = attempts > 1 ? `, at attempt ${attempts}` : "";
  if (status === "success") {
    const names = Object.keys(outputs);
    const facts = [
      ...(names.length > 0 ? [`${names.length} of ${names.length} expected outputs are there`] : []),
      ...(criteria.length > 0 ? [`${criteria.length} of ${criteria.length} checks passed`] : []),
    ];
    const more = facts.length > 0 ? ` ${sentence(facts.join(", and "))}` : "";
    return `The ${taskType} task succeeded after ${seconds(durationSeconds)}${tries}.${more}`;
  }
  const missed = criteria.filter(({ passed }) => !passed);
  return [
    `The ${taskType} task failed${result.startedAt === null ? " before anything was started" : ` after ${seconds(durationSeconds)}${tries}`}: ${error?.message ?? "nobody said why"}`,
    ...missed.map(({ check, actual }) => `- not met: \`${check}\`, it was ${JSON.stringify(actual)}`),
    ...(error === null ? [] : ["", NEXT[error.action]]),
  ].join("\n");
}

const NEXT: Readonly<Record<ResultError["action"], string>> = {
  auto_fix:
    "What to do: mend what is named above, then write a new task file with the same params and `retry_of`.",
  retry: "What to do: it may succeed when it is tried again; move the file back into `tasks/pending/`.",
  escalate: "What to do: this needs a person. Say what happened, what was tried, and ask how to go on.",
};

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function seconds(value: number): string {
  return value === 1 ? "1 second" : `${value} seconds`;
}

function metrics({ durationSeconds, attempts, costUsd, outputs, runId }: TaskResult): string {
  const numbers = Object.entries(outputs).filter(([, value]) => typeof value === "number");
  const rows: readonly (readonly [string, Json])[] = [
    ["duration_seconds", durationSeconds],
    ["attempts", attempts],
    ...(costUsd === null ? [] : [["cost_usd", costUsd] as const]),
    ...numbers.filter(([name]) => name !== "duration_seconds" && name !== "attempts"),
  ];
  if (runId === null) return "";
  return `## Metrics\n\n${rows.map(([name, value]) => `- ${name}: ${String(value)}`).join("\n")}\n`;
}

function logPart(log: Log | null): string {
  if (log === null) return "";
  const where = `The full log: \`${log.file}\`\n`;
  if (log.tail.trim() === "") return `## Log\n\nNothing was printed. ${where}`;
  const longest = Math.max(2, ...[...log.tail.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `## Log\n\n${fence}text\n${log.tail.trimEnd()}\n${fence}\n\n${where}`;
}
