/** Exact text for exact text, as often as was said and never otherwise. */
import { bad, good, type Result } from "../../core/problem.ts";
import type { ReplaceText } from "./edits.ts";
import { lineEndOf, lineNumber, withLineEnd } from "./text.ts";

const LINES_SHOWN = 10;

export function replaceText(text: string, edit: ReplaceText): Result<string> {
  const lineEnd = lineEndOf(text);
  const [find, replacement] = [withLineEnd(edit.find, lineEnd), withLineEnd(edit.with, lineEnd)];
  const done = placesOf(text, replacement);
  const places = placesOf(text, find);
  const open = places.filter((at) => !done.some((start) => isWithin(at, find, start, replacement)));
  // It was made before: the same edit twice is the edit once.
  if (open.length === 0 && done.length === edit.times) return good(text);
  if (places.length === edit.times) return good(replaced(text, places, find, replacement));
  const lines = places.slice(0, LINES_SHOWN).map((at) => lineNumber(text, at));
  const where = places.length === 0 ? "" : `, in line${lines.length > 1 ? "s" : ""} ${lines.join(", ")}`;
  return bad({
    code: "E_TEXT_COUNT",
    message: `${shown(edit.find)} stands ${times(places.length)} in the file${where}, not ${times(edit.times)}`,
    hint:
      places.length === 0
        ? "it must be the exact text, spaces too"
        : `times: ${places.length} changes all of them`,
  });
}

function placesOf(text: string, part: string): readonly number[] {
  const places: number[] = [];
  if (part === "") return places;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) places.push(at);
  return places;
}

function isWithin(at: number, find: string, start: number, replacement: string): boolean {
  return at >= start && at + find.length <= start + replacement.length;
}

function replaced(text: string, places: readonly number[], find: string, replacement: string): string {
  let made = "";
  let last = 0;
  for (const at of places) {
    made += text.slice(last, at) + replacement;
    last = at + find.length;
  }
  return made + text.slice(last);
}

function shown(find: string): string {
  const short = find.length > 60 ? `${find.slice(0, 60)}…` : find;
  return JSON.stringify(short);
}

function times(count: number): string {
  if (count === 0) return "nowhere";
  return count === 1 ? "once" : `${count} times`;
}
