/** What was done with a task of a loop, line by line in its own file: whoever opens it sees how it came to where it is. */
import { instant, instantMs } from "../../core/calendar.ts";
import { isLoopState, type LoopState } from "./loop-task.ts";

export interface HistoryItem {
  readonly timeMs: number;
  /** null: it was made then. */
  readonly from: LoopState | null;
  readonly to: LoopState;
  readonly note: string | null;
}

const HEADING = "## History";
const NOTE_MAX = 500;
const ITEM = /^- (\S+) (?:([a-z]+) → )?([a-z]+)(?:: (.*))?$/u;

/** `- 2026-01-19T14:30:00.000Z pending → running: begun` */
export function historyLine({ timeMs, from, to, note }: HistoryItem): string {
  const change = from === null ? to : `${from} → ${to}`;
  const said = oneLine(note ?? "");
  return `- ${instant(timeMs)} ${change}${said === "" ? "" : `: ${said}`}`;
}

/** In the order of the file. Lines of this form count wherever they stand: agents write on below them. */
export function historyOf(text: string): readonly HistoryItem[] {
  return text.split(/\r?\n/).flatMap((line): readonly HistoryItem[] => {
    const [, time = "", from, to = "", note = null] = ITEM.exec(line) ?? [];
    const timeMs = instantMs(time);
    if (timeMs === null || !isLoopState(to)) return [];
    if (from === undefined) return [{ timeMs, from: null, to, note }];
    return isLoopState(from) ? [{ timeMs, from, to, note }] : [];
  });
}

/** What is written at the end of a file that holds `text`, so that the items stand below a heading of theirs. */
export function historyEnd(text: string, items: readonly HistoryItem[]): string {
  const lines = items.map((item) => `${historyLine(item)}\n`).join("");
  const heading = text.split("\n").findLast((line) => line.startsWith("#"));
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return heading?.trimEnd() === HEADING ? gap + lines : `${gap}\n${HEADING}\n\n${lines}`;
}

/** A note is what somebody else says: it brings no line of its own, and nothing that is not seen. */
function oneLine(note: string): string {
  const plain = note.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return [...plain].slice(0, NOTE_MAX).join("");
}
