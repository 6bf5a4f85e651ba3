import type { Problem } from "./problem.ts";

/** For the failure of an attempt, which has one line: `CODE what happened (what to do)`, one after the other. */
export function problemsText(problems: readonly Problem[]): string {
  return problems
    .map(({ code, message, hint }) => `${code} ${message}${hint === undefined ? "" : ` (${hint})`}`)
    .join("; ");
}
