import { loadNow } from "../../port/load-now.ts";

/** Runs that ask nobody do not load how a question is shown. */
export function lateQuestions() {
  return loadNow<typeof import("./question-lines.ts")>(import.meta.url, "question-lines");
}
