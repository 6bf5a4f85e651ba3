import { type Failure, failure } from "../../core/outcome.ts";

const SHOWN = 3;
const WORDS_MAX = 120;

/** A job done without what it needed is not done. */
export function denied(agent: string, calls: readonly string[]): Failure {
  const told = calls.slice(0, SHOWN).map((call) => call.slice(0, WORDS_MAX).trim());
  const more = calls.length > SHOWN ? ` and ${calls.length - SHOWN} more` : "";
  return failure(
    "config_error",
    `${agent} was not allowed to do what it wanted: ${told.join("; ")}${more}; allow it with tools of the role or the task, or say in the task that it is not needed`,
  );
}
