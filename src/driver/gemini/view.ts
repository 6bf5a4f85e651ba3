/** What a person sees of gemini at work. */
import { type JsonMap, own } from "../../core/json.ts";
import { mapAt, textAt } from "../agent/event.ts";
import { flowingView, plainLines, shortLine } from "../agent/view.ts";
import type { OutputView } from "../output-view.ts";
import { learn, NO_FACTS, usageOf } from "./facts.ts";

const RESULT_LINES_SHOWN = 12;

export function geminiView(): OutputView {
  return flowingView(wordsOf, linesOf);
}

function wordsOf(event: JsonMap): string | null {
  if (textAt(event, "type") !== "message" || textAt(event, "role") !== "assistant") return null;
  return textAt(event, "content") ?? "";
}

/** None for what is not worth a line. */
export function linesOf(event: JsonMap): readonly string[] {
  const said = (key: string) => textAt(event, key) ?? "unknown";
  switch (textAt(event, "type")) {
    case "init":
      return [shortLine(`gemini, ${said("model")}, session ${said("session_id")}`)];
    case "tool_use":
      return [shortLine(`● ${said("tool_name")} ${inputText(mapAt(event, "parameters"))}`)];
    case "tool_result":
      return toolLines(event);
    case "error":
      return [shortLine(`… ${said("message")}`)];
    case "result":
      return resultLines(event);
    default:
      return [];
  }
}

/** What says most about a call, in this order. */
const TELLING = ["command", "file_path", "dir_path", "path", "pattern", "url", "query", "prompt"];

function inputText(input: JsonMap): string {
  const told = TELLING.map((key) => own(input, key)).find((value) => typeof value === "string");
  return typeof told === "string" ? told : JSON.stringify(input);
}

function toolLines(event: JsonMap): readonly string[] {
  const isWrong = textAt(event, "status") !== "success";
  const output = textAt(event, "output") ?? textAt(mapAt(event, "error"), "message") ?? "";
  return output === "" ? [] : plainLines(output, RESULT_LINES_SHOWN, isWrong ? "  ✗ " : "  ");
}

function resultLines(event: JsonMap): readonly string[] {
  const { result, tokens } = learn(NO_FACTS, event);
  if (result?.isSuccess === true) return [`■ done: ${usageOf({ ...NO_FACTS, tokens })?.tokens ?? 0} tokens`];
  return [shortLine(`■ error: ${result?.why ?? ""}`)];
}
