/** The words of the language that are no keys: names in expressions, reserved words, built-in agents. */

/** Names no task, param, variable or `as` may bear. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  "params",
  "item",
  "index",
  "key",
  "matrix",
  "iteration",
  "previous",
  "feedback",
  "trigger",
  "run",
  "workflow",
  "env",
  "secrets",
  "true",
  "false",
  "null",
  "in",
  "fn",
  "context",
]);

/** What may stand behind a task's id. */
export const TASK_FIELDS: readonly string[] = [
  "status",
  "skip_reason",
  "output",
  "exit_code",
  "error",
  "attempts",
  "iterations",
  "duration_seconds",
  "cost_usd",
  "approval",
  "items",
  "succeeded",
  "failed",
  "tasks",
];

/** What may stand behind `previous`: one iteration is no whole task. */
export const PREVIOUS_FIELDS: readonly string[] = [
  "output",
  "status",
  "error",
  "tasks",
  "iteration",
  "exit_code",
  "attempts",
  "iterations",
  "skip_reason",
  "duration_seconds",
  "cost_usd",
];

/** Names that are there in every expression, with what may stand behind them. */
export const EVERYWHERE: ReadonlyMap<string, readonly string[]> = new Map([
  ["trigger", ["kind", "name", "time", "body", "headers", "files", "run"]],
  ["run", ["id", "name", "branch", "url", "started_at", "attempt"]],
  ["workflow", ["name", "digest"]],
]);

/** What `run` has in hooks and outputs as well. */
export const RUN_FIELDS_AT_END: readonly string[] = [
  "status",
  "failed",
  "duration_seconds",
  "cost_usd",
  "error",
];

/** A param so named holds a secret, and would stand in the journal. */
export function looksSecret(name: string): boolean {
  return /(^|[_-])(passwords?|passwd|secrets?|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)$/i.test(
    name,
  );
}
