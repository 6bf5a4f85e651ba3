import { failure } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import type { Outcome } from "./driver.ts";

/** An outcome in which nothing has happened yet: what a driver fills in. */
export const EMPTY_OUTCOME: Outcome = {
  status: "success",
  exitCode: null,
  signal: null,
  output: null,
  failure: null,
  durationMs: 0,
  usage: null,
  outputBytes: 0,
  notes: [],
};

/** Of what cannot be begun as it is asked for. */
export function refusedOutcome(problems: readonly Problem[]): Outcome {
  return { ...EMPTY_OUTCOME, status: "failed", failure: failure("config_error", problemsText(problems)) };
}
