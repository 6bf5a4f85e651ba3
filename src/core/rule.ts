import type { TaskState } from "./run.ts";
import type { TriggerRule } from "./workflow.ts";

/** How an ended dependency counts for trigger rules (formats.md 1.2). */
export type Standing = "satisfied" | "failed" | "blocked" | "skipped";

export function standing(task: TaskState): Standing {
  if (task.status === "success") return "satisfied";
  if (task.status === "failed" || task.status === "cancelled") return "failed";
  if (task.skipReason === "failure" || task.skipReason === "not_selected") return "satisfied";
  if (task.skipReason === "upstream_failed" || task.skipReason === "stopped") return "blocked";
  return "skipped";
}

/** Judges a rule once, when all dependencies have ended; null when it holds, else the reason to skip. */
export function judgeRule(rule: TriggerRule, standings: readonly Standing[]): "upstream_failed" | "upstream_skipped" | null {
  if (holds(rule, standings)) return null;
  return standings.some((one) => one === "failed" || one === "blocked") ? "upstream_failed" : "upstream_skipped";
}

function holds(rule: TriggerRule, standings: readonly Standing[]): boolean {
  const count = (wanted: Standing) => standings.filter((one) => one === wanted).length;
  const nothingBroken = count("failed") === 0 && count("blocked") === 0;
  switch (rule) {
    case "all_success":
      return count("satisfied") === standings.length;
    case "all_done":
      return true;
    case "one_success":
      return count("satisfied") > 0;
    case "none_failed":
      return nothingBroken;
    case "none_failed_min_one_success":
      return nothingBroken && count("satisfied") > 0;
    case "one_failed":
      return count("failed") > 0;
    case "all_failed":
      return count("failed") === standings.length;
    /* node:coverage ignore next 2 */
    default:
      throw rule satisfies never;
  }
}
