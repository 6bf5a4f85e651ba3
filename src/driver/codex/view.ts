/** What a person sees of codex at work. */
import type { JsonMap } from "../../core/json.ts";
import { mapAt, mapsAt, numberAt, textAt } from "../agent/event.ts";
import { eventView, plainLines, shortLine } from "../agent/view.ts";
import type { OutputView } from "../output-view.ts";
import { learn, NO_FACTS, usageOf } from "./facts.ts";

const RESULT_LINES_SHOWN = 12;
const TEXT_LINES_SHOWN = 400;

export function codexView(): OutputView {
  return eventView(linesOf);
}

/** None for what is not worth a line. */
export function linesOf(event: JsonMap): readonly string[] {
  const item = mapAt(event, "item");
  switch (textAt(event, "type")) {
    case "thread.started":
      return [shortLine(`codex, session ${textAt(event, "thread_id") ?? "unknown"}`)];
    case "item.started":
      return startLines(item);
    case "item.completed":
      return itemLines(item);
    case "error":
      return [shortLine(`… ${textAt(event, "message") ?? "an error"}`)];
    case "turn.completed":
      return [`■ done: ${usageOf(learn(NO_FACTS, event))?.tokens ?? 0} tokens`];
    case "turn.failed":
      return [shortLine(`■ error: ${textAt(mapAt(event, "error"), "message") ?? ""}`)];
    default:
      return [];
  }
}

function startLines(item: JsonMap): readonly string[] {
  if (textAt(item, "type") === "command_execution")
    return [shortLine(`● ${textAt(item, "command") ?? "a command"}`)];
  if (textAt(item, "type") !== "mcp_tool_call") return [];
  return [shortLine(`● ${textAt(item, "server") ?? ""} ${textAt(item, "tool") ?? "a tool"}`)];
}

function itemLines(item: JsonMap): readonly string[] {
  switch (textAt(item, "type")) {
    case "agent_message":
      return plainLines(textAt(item, "text") ?? "", TEXT_LINES_SHOWN, "");
    case "reasoning":
      return ["… thinking"];
    case "command_execution":
      return commandLines(item);
    case "file_change":
      return mapsAt(item, "changes").map((change) =>
        shortLine(`● ${textAt(change, "kind") ?? "change"} ${textAt(change, "path") ?? ""}`),
      );
    case "web_search":
      return [shortLine(`● search ${textAt(item, "query") ?? ""}`)];
    case "error":
      return [shortLine(`… ${textAt(item, "message") ?? "an error"}`)];
    default:
      return [];
  }
}

function commandLines(item: JsonMap): readonly string[] {
  const output = (textAt(item, "aggregated_output") ?? "").trimEnd();
  const code = numberAt(item, "exit_code");
  const isWrong = code !== 0;
  const lines = output === "" ? [] : plainLines(output, RESULT_LINES_SHOWN, isWrong ? "  ✗ " : "  ");
  if (!isWrong) return lines;
  return [...lines, `  ✗ ${code === null ? (textAt(item, "status") ?? "it was ended") : `exit ${code}`}`];
}
