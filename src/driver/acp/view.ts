/** What a person sees of an ACP agent at work. */
import { type JsonMap, own } from "../../core/json.ts";
import { mapAt, mapsAt, textAt } from "../agent/event.ts";
import { flowingView, plainLines, shortLine } from "../agent/view.ts";
import type { OutputView } from "../output-view.ts";
import { learn, NO_FACTS, usageOf } from "./facts.ts";

const RESULT_LINES_SHOWN = 12;

export function acpView(): OutputView {
  return flowingView(wordsOf, linesOf);
}

function wordsOf(event: JsonMap): string | null {
  const update = mapAt(event, "update");
  if (textAt(update, "sessionUpdate") !== "agent_message_chunk") return null;
  return textAt(mapAt(update, "content"), "text") ?? "";
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
