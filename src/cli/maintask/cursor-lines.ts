/** A cursor as people read it: the lines of the founding texts. */
import type { Cursor, CursorStatus } from "../../exchange/maintask/cursor.ts";

const SIGNS: Readonly<Record<CursorStatus, string>> = {
  continue: "▶️ ",
  completed: "✅",
  blocked: "⛔",
};

export function cursorLines({ status, next, task, focus }: Cursor): readonly string[] {
  return [
    `${SIGNS[status]} STATUS: ${status.toUpperCase()}`,
    `📋 NEXT: ${next}`,
    ...(task === null ? [] : [`🎯 CURRENT TASK: ${task}`]),
    ...(focus === null ? [] : [`💡 FOCUS: ${focus}`]),
  ];
}
