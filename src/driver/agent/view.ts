/**
 * What a person sees of an agent at work: its words, its tools and what they gave, instead of a stream of JSON. Runs in
 * the spawn host, so that the log is readable while the agent works and when no engine lives.
 */
import type { JsonMap } from "../../core/json.ts";
import { lineSplitter } from "../lines.ts";
import type { OutputView } from "../output-view.ts";
import { EVENT_BYTES_MAX, readEvent } from "./event.ts";

const LINE_LENGTH_MAX = 400;

/** `linesOf` an event; none for what is not worth a line. What is no event is shown as it is. */
export function eventView(linesOf: (event: JsonMap) => readonly string[]): OutputView {
  let shown: string[] = [];
  const splitter = lineSplitter(EVENT_BYTES_MAX, (line) => {
    const event = line === null ? null : readEvent(line);
    if (line === null) shown.push("… a line that was too long is left out");
    else if (event === null) shown.push(...plainLines(Buffer.from(line).toString("utf8"), 1, ""));
    else shown.push(...linesOf(event));
  });
  const taken = () => {
    const text = shown.map((line) => `${line}\n`).join("");
    shown = [];
    return Buffer.from(text, "utf8");
  };
  return {
    write: (data) => {
      splitter.write(data);
      return taken();
    },
    end: () => {
      splitter.end();
      return taken();
    },
  };
}

/** For an agent whose words come in pieces (`wordsOf`, null for other events): a line is shown when it is whole. */
export function flowingView(
  wordsOf: (event: JsonMap) => string | null,
  linesOf: (event: JsonMap) => readonly string[],
): OutputView {
  let open = "";
  const flushed = () => {
    const lines = open.trim() === "" ? [] : plainLines(open.trimEnd(), Number.MAX_SAFE_INTEGER, "");
    open = "";
    return lines;
  };
  const view = eventView((event) => {
    const words = wordsOf(event);
    const lines = words === null ? linesOf(event) : [];
    if (words === null) return lines.length === 0 ? [] : [...flushed(), ...lines];
    open += words;
    const end = open.length < OPEN_LENGTH_MAX ? open.lastIndexOf("\n") : open.length;
    if (end === -1) return [];
    const whole = open.slice(0, end);
    open = open.slice(end + 1);
    return plainLines(whole, Number.MAX_SAFE_INTEGER, "");
  });
  return {
    write: view.write,
    end: () =>
      Buffer.concat([
        view.end(),
        Buffer.from(
          flushed()
            .map((line) => `${line}\n`)
            .join(""),
          "utf8",
        ),
      ]),
  };
}

/** So much is shown of a line that does not end, before more of it comes. */
const OPEN_LENGTH_MAX = LINE_LENGTH_MAX;

export function plainLines(text: string, linesMax: number, before: string): readonly string[] {
  const lines = text.split("\n").map((one) => one.trimEnd());
  const kept = lines.slice(0, linesMax).map((one) => shortLine(before + one));
  return lines.length > linesMax ? [...kept, `${before}… ${lines.length - linesMax} more lines`] : kept;
}

export function shortLine(text: string): string {
  const flat = text.replaceAll("\n", " ");
  return flat.length > LINE_LENGTH_MAX ? `${flat.slice(0, LINE_LENGTH_MAX)}…` : flat;
}
