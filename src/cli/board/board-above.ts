/** What goes above the board at its next repaint, in the order in which it happened. */

import type { Printer } from "../print.ts";
import type { Step } from "../steps.ts";
import { endedLine, endLine, labelWidth, noteLines } from "./board-lines.ts";

/** A text, or a task that ended; `longest` of the names when it is painted. */
export type Above = string | { readonly step: Step; readonly of: { readonly longest: number } };

/** Of what ended well as many as there are rows; the rest is told in one line. Failures are never left out. */
export function aboveLines(printer: Printer, above: readonly Above[], rowsMax: number): readonly string[] {
  const lines: string[] = [];
  const rest: Step[] = [];
  let left = rowsMax;
  for (const one of above) {
    if (typeof one === "string") lines.push(one);
    else if (left > 0 || isTold(one.step)) {
      left -= 1;
      const wide = labelWidth(printer, one.of.longest);
      lines.push(endLine(printer, one.step, wide), ...noteLines(one.step));
    } else rest.push(one.step);
  }
  return rest.length === 0 ? lines : [...lines, endedLine(printer, rest)];
}

/** Whatever else ended at that moment, this is said. */
function isTold({ status, notes }: Step): boolean {
  return status !== "success" || notes.length > 0;
}
