import { loadNow } from "../port/load-now.ts";

/** Runs in which nothing fails do not load the tables of errors. */
export function lateClassify() {
  return loadNow<typeof import("./classify-outcome.ts")>(import.meta.url, "classify-outcome");
}
