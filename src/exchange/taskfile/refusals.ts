/** Why a run did not begin: because of what the file asks for, or because of this moment. */
import { exitOfAll } from "../../core/codes.ts";
import { EXIT, type Problem } from "../../core/problem.ts";

/** Of the machine, and the same tomorrow. */
const LASTING: ReadonlySet<string> = new Set([
  "E_DRIVER_LOGIN",
  "E_DRIVER_MISSING",
  "E_DRIVER_VERSION",
  "E_NO_ARM",
]);

/** Trying again changes nothing, so the task has failed; else its file stays where it is. */
export function isFinal(problems: readonly Problem[]): boolean {
  const exit = exitOfAll(problems);
  const isOfFile = exit === EXIT.invalid || exit === EXIT.refused || exit === EXIT.notFound;
  return isOfFile || problems.some(({ code }) => LASTING.has(code));
}
