/**
 * What a person sees of an agent at work: its words, its tools and what they gave, instead of a stream of JSON. Runs in
 * the spawn host, so that the log is readable while the agent works and when no engine lives.
 */
import { isMap, type JsonMap, own } from "../../core/json.ts";
import { mapAt, mapsAt, numberAt, textAt } from "../agent/event.ts";
import { eventView, plainLines, shortLine } from "../agent/view.ts";
import type { OutputView } from "../output-view.ts";
import { partsOf } from "./parts.ts";

const RESULT_LINES_SHOWN = 12;
const TEXT_LINES_SHOWN = 400;

export function claudeView(): OutputView {
  return eventView(linesOf);
}

/** None for what is not worth a line. */
export function linesOf(event: JsonMap): readonly string[] {
  switch (textAt(event, "type")) {
    case "system":
      return systemLines(event);
    case "assistant":
      return partsOf(event).flatMap(partLines);
    case "user":
      return partsOf(event).flatMap((part) =>
        textAt(part, "type") === "tool_result" ? toolLines(part) : [],
      );
    case "rate_limit_event":
      return limitLines(mapAt(event, "rate_limit_info"));
    case "result":
      return resultLines(event);
    default:
      return [];
  }
}

function systemLines(event: JsonMap): readonly string[] {
  const said = (key: string) => textAt(event, key) ?? "unknown";
  switch (textAt(event, "subtype")) {
    case "init":
      return [
        shortLine(
          `claude ${said("claude_code_version")}, ${said("model")}, ${said("permissionMode")}, session ${said("session_id")}`,
        ),
      ];
    case "api_retry": {
      const seconds = Math.round((numberAt(event, "retry_delay_ms") ?? 0) / 100) / 10;
      const status = numberAt(event, "error_status");
      return [
        shortLine(
          `… ${said("error")}${status === null ? "" : ` (${status})`}: try ${numberAt(event, "attempt")} of ${numberAt(event, "max_retries")} in ${seconds} s`,
        ),
      ];
    }
    case "permission_denied":
      return [shortLine(`✗ not allowed: ${said("tool_name")}`)];
    case "model_fallback":
    case "informational":
      return [shortLine(`… ${said("content")}`)];
    default:
      return [];
  }
}

function partLines(part: JsonMap): readonly string[] {
  switch (textAt(part, "type")) {
    case "text":
      return plainLines(textAt(part, "text") ?? "", TEXT_LINES_SHOWN, "");
    case "thinking":
      return ["… thinking"];
    case "tool_use":
      return [shortLine(`● ${textAt(part, "name") ?? "a tool"} ${inputText(mapAt(part, "input"))}`)];
    default:
      return [];
  }
}

/** What says most about a call, in this order. */
const TELLING = [
  "command",
  "file_path",
  "notebook_path",
  "path",
  "pattern",
  "url",
  "query",
  "description",
  "prompt",
];

function inputText(input: JsonMap): string {
  const told = TELLING.map((key) => own(input, key)).find((value) => typeof value === "string");
  return typeof told === "string" ? told : JSON.stringify(input);
}

function toolLines(part: JsonMap): readonly string[] {
  const text =
    textAt(part, "content") ??
    mapsAt(part, "content")
      .flatMap((one) => textAt(one, "text") ?? [])
      .join("\n");
  return plainLines(text, RESULT_LINES_SHOWN, own(part, "is_error") === true ? "  ✗ " : "  ");
}

function limitLines(info: JsonMap): readonly string[] {
  if (textAt(info, "status") !== "rejected") return [];
  return [shortLine(`✗ usage limit reached (${textAt(info, "rateLimitType") ?? "of an unknown kind"})`)];
}

function resultLines(event: JsonMap): readonly string[] {
  const isError = own(event, "is_error") === true || textAt(event, "subtype") !== "success";
  const errors = own(event, "errors");
  const why = Array.isArray(errors)
    ? errors.filter((one) => !isMap(one)).join("; ")
    : (textAt(event, "result") ?? "");
  const cost = numberAt(event, "total_cost_usd");
  const parts = [
    `${numberAt(event, "num_turns") ?? 0} turns`,
    ...(cost === null ? [] : [`$${cost.toFixed(4)}`]),
    ...(isError ? [textAt(event, "subtype") ?? "", why] : []),
  ];
  return [shortLine(`■ ${isError ? "error" : "done"}: ${parts.filter((part) => part !== "").join(", ")}`)];
}
