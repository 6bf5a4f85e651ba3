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
