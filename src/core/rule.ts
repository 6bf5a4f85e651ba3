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

type Counts = Record<Standing, number>;

/** Judges a rule once, when all dependencies have ended; null when it holds, else the reason to skip. */
export function judgeRule(
  rule: TriggerRule,
  standings: Iterable<Standing>,
): "upstream_failed" | "upstream_skipped" | null {
  const counts: Counts = { satisfied: 0, failed: 0, blocked: 0, skipped: 0 };
  for (const one of standings) counts[one] += 1;
  if (holds(rule, counts)) return null;
  return counts.failed + counts.blocked > 0 ? "upstream_failed" : "upstream_skipped";
}

function holds(rule: TriggerRule, { satisfied, failed, blocked, skipped }: Counts): boolean {
  switch (rule) {
    case "all_success":
      return failed + blocked + skipped === 0;
    case "all_done":
      return true;
    case "one_success":
      return satisfied > 0;
    case "none_failed":
      return failed + blocked === 0;
    case "none_failed_min_one_success":
      return failed + blocked === 0 && satisfied > 0;
    case "one_failed":
      return failed > 0;
    case "all_failed":
      return satisfied + blocked + skipped === 0;
    /* node:coverage ignore next 2 */
    default:
      throw rule satisfies never;
  }
}
