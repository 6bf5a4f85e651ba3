/** What a loop that goes no further ends with; null: nothing was wrong. */
import { type Failure, failure } from "../../core/outcome.ts";
import type { Judged } from "./judge.ts";

export function failureOf({ stop, problems, course }: Judged): Failure | null {
  switch (stop) {
    case "cursor":
      return failure("config_error", `E_CURSOR ${problems.join("; ").replace(/^E_CURSOR /u, "")}`);
    case "no_progress": {
      const evidence = course.last.join("; ");
      return failure(
        "criteria_failed",
        `E_NO_PROGRESS ${course.stalled} invocations in a row got nothing done: ${evidence}`,
      );
    }
    default:
      return null;
  }
}
