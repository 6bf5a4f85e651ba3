/** What a run failed of: its tasks in the order in which they failed, and what ended the run itself. */
import type { RunRow, TaskRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import { clean } from "./print.ts";

/** So many are told with their reason, the others by name. */
const TOLD_MAX = 5;

/** One text for each, `build: exit 2: no such page (unknown)`; nothing for a run that did not fail. */
export function failureTexts(reader: Reader, row: RunRow): readonly string[] {
  const { status, failedTask, failureClass, failureMessage } = row;
  if (status === "success" || failureClass === null) return [];
  const rows = new Map(reader.tasks(row.run).map((one) => [one.task, one]));
  const failed = failedIn(row).flatMap((task) => rows.get(task) ?? []);
  const told = failed.length > TOLD_MAX + 1 ? failed.slice(0, TOLD_MAX) : failed;
  const others = failed.slice(told.length).map(({ task }) => task);
  const first = failedTask === null ? [textOf(null, failureMessage, failureClass)] : [];
  return [
    ...first,
    ...told.map((one: TaskRow) => textOf(one.task, one.failureMessage, one.failureClass)),
    ...(others.length === 0 ? [] : [clean(`${others.length} more failed: ${others.join(", ")}`)]),
    ...(failedTask === null ? [] : haltTexts(row)),
  ];
}

/** Ids of the failed tasks in order. */
function failedIn({ detail, failedTask }: RunRow): readonly string[] {
  const failed = detail?.failed;
  if (Array.isArray(failed)) return failed.map(String);
  return failedTask === null ? [] : [failedTask];
}

/** Why a run ended that had failed already. */
function haltTexts({ detail }: RunRow): readonly string[] {
  switch (detail?.halt) {
    case "timeout":
      return [textOf(null, "then the run took longer than its timeout", "timeout")];
    case "budget":
      return [textOf(null, "then the budget of the run was used up", "budget")];
    default:
      return [];
  }
}

function textOf(task: string | null, message: string | null, failureClass: string | null): string {
  const place = task === null ? "" : `${clean(task, 60)}: `;
  return `${place}${clean(message ?? "")} (${clean(failureClass ?? "unknown", 40)})`;
}
