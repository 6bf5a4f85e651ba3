/**
 * What a person sees of an agent at work: its words, its tools and what they gave, instead of a stream of JSON. Runs in
 * the spawn host, so that the log is readable while the agent works and when no engine lives.
 */
import { isMap, type JsonMap, own } from "../../core/json.ts";
import { lineSplitter } from "../lines.ts";
import type { OutputView } from "../output-view.ts";
import { EVENT_BYTES_MAX, mapAt, mapsAt, numberAt, partsOf, readEvent, textAt } from "./event.ts";

const LINE_LENGTH_MAX = 400;
const RESULT_LINES_SHOWN = 12;
const TEXT_LINES_SHOWN = 400;

export function claudeView(): OutputView {
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
        line(
          `claude ${said("claude_code_version")}, ${said("model")}, ${said("permissionMode")}, session ${said("session_id")}`,
        ),
      ];
    case "api_retry": {
      const seconds = Math.round((numberAt(event, "retry_delay_ms") ?? 0) / 100) / 10;
      const status = numberAt(event, "error_status");
      return [
        line(
          `… ${said("error")}${status === null ? "" : ` (${status})`}: try ${numberAt(event, "attempt")} of ${numberAt(event, "max_retries")} in ${seconds} s`,
        ),
      ];
    }
    case "permission_denied":
      return [line(`✗ not allowed: ${said("tool_name")}`)];
    case "model_fallback":
    case "informational":
      return [line(`… ${said("content")}`)];
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
      return [line(`● ${textAt(part, "name") ?? "a tool"} ${inputText(mapAt(part, "input"))}`)];
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
  return [line(`✗ usage limit reached (${textAt(info, "rateLimitType") ?? "of an unknown kind"})`)];
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
  return [line(`■ ${isError ? "error" : "done"}: ${parts.filter((part) => part !== "").join(", ")}`)];
}

function plainLines(text: string, linesMax: number, before: string): readonly string[] {
  const lines = text.split("\n").map((one) => one.trimEnd());
  const kept = lines.slice(0, linesMax).map((one) => line(before + one));
  return lines.length > linesMax ? [...kept, `${before}… ${lines.length - linesMax} more lines`] : kept;
}

function line(text: string): string {
  const flat = text.replaceAll("\n", " ");
  return flat.length > LINE_LENGTH_MAX ? `${flat.slice(0, LINE_LENGTH_MAX)}…` : flat;
}
