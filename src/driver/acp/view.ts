/** What a person sees of an ACP agent at work. */
import { type JsonMap, own } from "../../core/json.ts";
import { mapAt, mapsAt, textAt } from "../agent/event.ts";
import { eventView, plainLines, shortLine } from "../agent/view.ts";
import type { OutputView } from "../output-view.ts";
import { learn, NO_FACTS, usageOf } from "./facts.ts";

const RESULT_LINES_SHOWN = 12;

/** Words come in pieces; a line is shown when it is whole. */
export function acpView(): OutputView {
  let open = "";
  const flushed = () => {
    const lines = open.trim() === "" ? [] : plainLines(open.trimEnd(), Number.MAX_SAFE_INTEGER, "");
    open = "";
    return lines;
  };
  const view = eventView((event) => {
    const text = wordsOf(event);
    if (text === null) return isSilent(event) ? [] : [...flushed(), ...linesOf(event)];
    open += text;
    const end = open.lastIndexOf("\n");
    if (end === -1 && open.length < OPEN_LENGTH_MAX) return [];
    const whole = end === -1 ? open : open.slice(0, end);
    open = end === -1 ? "" : open.slice(end + 1);
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

const OPEN_LENGTH_MAX = 400;

function wordsOf(event: JsonMap): string | null {
  const update = mapAt(event, "update");
  if (textAt(update, "sessionUpdate") !== "agent_message_chunk") return null;
  return textAt(mapAt(update, "content"), "text") ?? "";
}

/** Neither ends a line nor makes one. */
function isSilent(event: JsonMap): boolean {
  return textAt(event, "type") === "update" && linesOf(event).length === 0;
}

/** None for what is not worth a line. */
export function linesOf(event: JsonMap): readonly string[] {
  switch (textAt(event, "type")) {
    case "agent":
      return [
        shortLine(`${textAt(event, "name") || "an ACP agent"} ${textAt(event, "version") ?? ""}`.trim()),
      ];
    case "session":
      return [shortLine(`session ${textAt(event, "id") ?? "unknown"}`)];
    case "update":
      return updateLines(mapAt(event, "update"));
    case "refused":
      return [shortLine(`✗ not allowed: ${textAt(event, "what") ?? ""}`)];
    case "result": {
      const tokens = usageOf(learn(NO_FACTS, event))?.tokens;
      return [`■ ${textAt(event, "stopReason") ?? ""}${tokens == null ? "" : `: ${tokens} tokens`}`];
    }
    case "failed":
      return [shortLine(`■ error: ${textAt(event, "message") ?? ""}`)];
    default:
      return [];
  }
}

function updateLines(update: JsonMap): readonly string[] {
  switch (textAt(update, "sessionUpdate")) {
    case "tool_call":
      return [shortLine(`● ${textAt(update, "title") ?? textAt(update, "kind") ?? "a tool"}`)];
    case "tool_call_update":
      return toolLines(update);
    default:
      return [];
  }
}

function toolLines(update: JsonMap): readonly string[] {
  const isFailed = textAt(update, "status") === "failed";
  const text = mapsAt(update, "content")
    .flatMap((part) => textAt(mapAt(part, "content"), "text") ?? [])
    .join("\n");
  const raw = own(update, "rawOutput");
  const told = text === "" && typeof raw === "string" ? raw : text;
  if (told !== "") return plainLines(told, RESULT_LINES_SHOWN, isFailed ? "  ✗ " : "  ");
  return isFailed ? [shortLine(`  ✗ ${textAt(update, "title") ?? "it failed"}`)] : [];
}
