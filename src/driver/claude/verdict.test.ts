import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Json } from "../../core/json.ts";
import { EVENT_BYTES_MAX, readEvent } from "../agent/event.ts";
import type { Verdict } from "../agent/verdict.ts";
import { lineSplitter } from "../lines.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "./facts.ts";
import { type ClaudeEnded, judge } from "./verdict.ts";

const folder = join(import.meta.dirname, "../../../test/data/claude-code");
const { fixtures } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
  readonly fixtures: readonly {
    readonly file: string;
    readonly exit: number | null;
    readonly signal: string | null;
    readonly stderr: string;
  }[];
};

function factsOf(bytes: Uint8Array): Facts {
  let facts = NO_FACTS;
  const splitter = lineSplitter(EVENT_BYTES_MAX, (line) => {
    const event = line === null ? null : readEvent(line);
    if (event !== null) facts = learn(facts, event);
  });
  splitter.write(bytes);
  splitter.end();
  return facts;
}

function said(...events: readonly object[]): Facts {
  return factsOf(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join("")));
}

const TEXT_BYTES_MAX = 65_536;
const EXIT_0: ClaudeEnded = {
  textBytesMax: TEXT_BYTES_MAX,
  code: 0,
  signal: null,
  isDone: false,
  lastError: "",
  schema: "none",
  isResumed: false,
  servers: [],
  denied: [],
  refuse: [],
};
const SUCCESS = {
  type: "result",
  subtype: "success",
  is_error: false,
  result: "ok",
  terminal_reason: "completed",
};

/** File → success, or the class of its failure, or what else became of it. */
const EXPECTED: Readonly<Record<string, string>> = {
  "api-429-exhausted": "rate_limited",
  "api-500-exhausted": "transient",
  "api-529-exhausted": "transient",
  "auth-401": "config_error",
  "auth-401-default-retries": "config_error",
  "auth-403": "config_error",
  "auth-no-key": "config_error",
  // Killed by the one who recorded it: it had given its result and would not leave.
  "background-task-keeps-process": "unknown",
  "bash-timeout": "success",
  "connection-refused": "transient",
  "credit-too-low": "config_error",
  "denied-default": "config_error",
  "denied-dontAsk": "config_error",
  "denied-plan": "config_error",
  "denied-prompts-none": "config_error",
  "disallowed-tool": "success",
  "fallback-model": "success",
  fork: "success",
  "hang-midstream": "unknown",
  "killed-before-resume": "unknown",
  "max-budget": "budget",
  "max-tokens": "success",
  "max-turns-stream": "max_turns",
  "mcp-failed": "success",
  "model-not-found": "config_error",
  "ok-stream": "success",
  "prompt-too-long": "config_error",
  "rate-limit-apikey": "rate_limited",
  refusal: "success",
  "request-timeout": "transient",
  "request-too-large": "config_error",
  resume: "success",
  "resume-missing": "unknown",
  "resumed-after-kill": "success",
  "retry-429-then-ok": "success",
  "retry-500-then-ok": "success",
  "retry-529-then-ok": "success",
  "schema-exhausted": "output_missing",
  "schema-ignored": "output_missing",
  "schema-ok": "success",
  "schema-retry": "success",
  "session-id": "success",
  "sighup-tool": "unknown",
  "sigint-thinking": "unknown",
  "sigint-tool": "unknown",
  "sigkill-tool": "unknown",
  "sigterm-thinking": "unknown",
  "sigterm-tool": "unknown",
  "socket-drop-midstream": "success",
  "sse-error-midstream": "success",
  "subagent-background": "success",
  "subagent-foreground": "success",
  "unknown-model-name": "success",
  "usage-limit-stream": "quota_exhausted",
  "write-acceptEdits": "success",
  "write-bypass-sandbox-root": "success",
};

function short({ status, failure }: Verdict): string {
  return status === "failed" ? (failure?.class ?? "no class") : status;
}

describe("what a recorded stream comes to", () => {
  for (const { file, exit, signal, stderr } of fixtures) {
    const name = file.replace(".jsonl", "");
    it(`${name}: ${EXPECTED[name]}`, () => {
      const facts = factsOf(readFileSync(join(folder, file)));
      const schema = name.startsWith("schema-") ? "plain" : "none";
      const lastError = stderr.trim().split("\n").at(-1) ?? "";
      const verdict = judge(facts, { ...EXIT_0, code: exit, signal, lastError, schema });
      assert.equal(short(verdict), EXPECTED[name]);
      assert.equal(verdict.failure === null, !["failed"].includes(verdict.status));
      if (verdict.status === "success") assert.notEqual(verdict.output, null);
      else assert.notEqual(verdict.failure?.message, "");
    });
  }
  it("all of them", () => assert.equal(Object.keys(EXPECTED).length, fixtures.length));
});

describe("MCP servers", () => {
  it("that were given to it and did not start make it a failure; others nobody asked for", () => {
    const facts = recorded("mcp-failed");
    const { status, failure } = judge(facts, { ...EXIT_0, servers: ["good", "bad"] });
    assert.deepEqual(
      [status, failure?.class, failure?.message],
      [
        "failed",
        "config_error",
        "MCP servers of the agent did not start: bad (failed); try what mcp_servers of your configuration says of them by hand, or name them no more in the role",
      ],
    );
    assert.equal(judge(facts, { ...EXIT_0, servers: ["good"] }).status, "success");
  });
});

describe("a session that cannot be gone on with", () => {
  const errors = ["No conversation found with session ID: x"];
  const gone = { type: "result", subtype: "error_during_execution", is_error: true, errors };

  it("is no failure of the attempt that was to go on with it", () => {
    const of = (result: object, more: Partial<ClaudeEnded> = {}) => {
      const { status, neverBegan } = judge(said(result), { ...EXIT_0, code: 1, isResumed: true, ...more });
      return [status, neverBegan];
    };
    assert.deepEqual(of(gone), ["lost", true]);
    const long = { ...gone, subtype: "success", errors: [], terminal_reason: "prompt_too_long" };
    assert.deepEqual(of(long), ["lost", true]);
    assert.deepEqual(of({ ...long, terminal_reason: "api_error", api_error_status: 400 }), ["lost", true]);
    assert.deepEqual(of({ ...long, terminal_reason: "api_error", api_error_status: 401 }), [
      "failed",
      undefined,
    ]);
    assert.deepEqual(of(gone, { isResumed: false }), ["failed", undefined]);
  });
});

function recorded(name: string): Facts {
  return factsOf(readFileSync(join(folder, `${name}.jsonl`)));
}

describe("an attempt of claude", () => {
  it("that exits with 0 and gave no result has not finished", () => {
    const { status, failure } = judge(recorded("sigint-thinking"), EXIT_0);
    assert.deepEqual([status, failure?.message], ["failed", "claude ended without a result (exit 0)"]);
    const told = judge(NO_FACTS, { ...EXIT_0, code: 1, lastError: "error: unknown option '--x'" });
    assert.equal(
      told.failure?.message,
      "claude ended without a result (exit 1: error: unknown option '--x')",
    );
  });

  it("that gave two results is judged by the last", () => {
    const facts = recorded("subagent-background");
    assert.equal(judge(facts, EXIT_0).output, "stub: the script has no more turns");
    const failed = { ...SUCCESS, is_error: true, api_error_status: 500, result: "API Error" };
    assert.equal(short(judge(said(SUCCESS, failed), EXIT_0)), "transient");
    assert.equal(judge(said(failed, SUCCESS), EXIT_0).output, "ok");
  });

  it("that was woken for another turn and did not end it has not finished", () => {
    const woken = said(SUCCESS, { type: "system", subtype: "init" });
    assert.equal(woken.isBusy, true);
    assert.match(
      judge(woken, EXIT_0).failure?.message ?? "",
      /before the turn it was woken for had a result/,
    );
    assert.equal(said(SUCCESS, { type: "system", subtype: "task_notification" }).isBusy, false);
  });

  it("that was ended by us after its result counts by its result, whatever its exit code", () => {
    const facts = recorded("background-task-keeps-process");
    const ended = { ...EXIT_0, code: 143, isDone: true };
    assert.deepEqual([judge(facts, ended).status, judge(facts, ended).output], ["success", "after"]);
    assert.equal(short(judge(facts, { ...ended, isDone: false })), "unknown");
    assert.equal(
      short(judge(said({ ...SUCCESS, permission_denials: [{ tool_name: "Bash" }] }), ended)),
      "config_error",
    );
  });

  it("that was denied something names it and what to do", () => {
    const denial = (command: string) => ({ tool_name: "Bash", tool_input: { command } });
    const facts = said({ ...SUCCESS, permission_denials: ["a", "b", "c", "d"].map(denial) });
    assert.match(
      judge(facts, EXIT_0).failure?.message ?? "",
      /not allowed to do what it wanted: Bash a; Bash b; Bash c and 1 more; allow it with tools/,
    );
  });

  it("that wants a command which a rule can name asks a person for just that", () => {
    const denial = { tool_name: "Bash", tool_input: { command: "npm test" } };
    const fetch = { tool_name: "WebFetch", tool_input: { url: "https://example.org/a" } };
    const { status, asks, failure } = judge(
      said({ ...SUCCESS, permission_denials: [denial, denial, fetch] }),
      EXIT_0,
    );
    assert.deepEqual([status, failure?.class], ["failed", "config_error"]);
    assert.deepEqual(
      [asks?.kind, asks?.wants],
      ["permission", ["Bash(npm test)", "WebFetch(domain:example.org)"]],
    );
    const write = { tool_name: "Write", tool_input: { file_path: "/etc/passwd" } };
    assert.equal(judge(said({ ...SUCCESS, permission_denials: [denial, write] }), EXIT_0).asks, undefined);
  });

  it("that wanted what its role denies is judged as if it had not; what the person refuses is a no of theirs", () => {
    const push = { tool_name: "Bash", tool_input: { command: "cd a && git push" } };
    const search = { tool_name: "WebSearch", tool_input: { query: "a" } };
    const facts = said({ ...SUCCESS, permission_denials: [push, search] });
    const denied = ["Bash(git push *)", "WebSearch"];
    assert.equal(short(judge(facts, { ...EXIT_0, denied })), "success");
    const half = judge(facts, { ...EXIT_0, denied: ["WebSearch"], refuse: ["Bash(git push *)"] });
    assert.deepEqual(
      [half.failure?.class, half.asks, half.failure?.message],
      [
        "rejected",
        undefined,
        "claude wanted what permissions.refuse of your configuration refuses: Bash cd a && git push",
      ],
    );
    const write = { tool_name: "Write", tool_input: { file_path: "/etc/passwd" } };
    const outside = said({ ...SUCCESS, permission_denials: [write] });
    assert.equal(short(judge(outside, { ...EXIT_0, denied: ["Write(src/**)"] })), "config_error");
  });

  it("that asks a person has not failed for want of JSON", () => {
    const result = { ...SUCCESS, result: "QUESTION FOR A PERSON\nBlue?" };
    for (const schema of ["none", "plain"] as const) {
      const { status, asks } = judge(said(result), { ...EXIT_0, schema });
      assert.deepEqual([status, asks?.message], ["failed", "Blue?"]);
    }
  });

  it("whose credentials were refused again and again is not waited for", () => {
    const retry = { type: "system", subtype: "api_retry", error: "authentication_failed" };
    const facts = said(retry, retry, retry);
    assert.equal(facts.refusals, 3);
    assert.match(
      judge(facts, { ...EXIT_0, code: 143, isDone: true }).failure?.message ?? "",
      /refused the credentials/,
    );
    assert.equal(said(retry, retry, { ...retry, error: "overloaded" }, retry).refusals, 1);
    assert.equal(said(retry, retry, { type: "assistant", message: { id: "1" } }).refusals, 0);
  });

  it("whose plan is used up waits until its reset, when that is told", () => {
    const facts = recorded("usage-limit-stream");
    assert.deepEqual(judge(facts, { ...EXIT_0, code: 1 }).resetAt, 1_795_175_134_000);
    const untold = said({ ...SUCCESS, is_error: true, api_error: "usage_limit_reached" });
    assert.deepEqual(
      [judge(untold, EXIT_0).status, judge(untold, EXIT_0).resetAt, judge(untold, EXIT_0).failure],
      ["quota_exhausted", null, null],
    );
    const rejected = { type: "rate_limit_event", rate_limit_info: { status: "rejected" } };
    const later = { ...SUCCESS, subtype: "error_max_turns", is_error: true };
    assert.equal(
      short(judge(said(rejected, { type: "assistant", message: { id: "1" } }, later), EXIT_0)),
      "max_turns",
    );
    const allowed = { type: "rate_limit_event", rate_limit_info: { status: "allowed_warning", resetsAt: 5 } };
    assert.equal(short(judge(said(allowed, SUCCESS), EXIT_0)), "success");
  });

  it("gives the JSON that was asked for, unwrapped where it had to be wrapped", () => {
    const facts = said({ ...SUCCESS, structured_output: { value: [1, 2] } });
    assert.deepEqual(judge(facts, { ...EXIT_0, schema: "wrapped" }).output, [1, 2]);
    assert.deepEqual(judge(facts, { ...EXIT_0, schema: "plain" }).output, { value: [1, 2] });
    assert.equal(judge(facts, EXIT_0).output, "ok");
    for (const structured_output of [undefined, 3, {}] as (Json | undefined)[])
      assert.equal(
        short(judge(said({ ...SUCCESS, structured_output }), { ...EXIT_0, schema: "wrapped" })),
        "output_missing",
      );
  });

  it("gives its last words, trimmed, up to a limit that cuts no character", () => {
    assert.equal(judge(said({ ...SUCCESS, result: "\n a \n" }), EXIT_0).output, "a");
    const long = judge(said({ ...SUCCESS, result: `x${"é".repeat(TEXT_BYTES_MAX)}` }), EXIT_0);
    assert.equal(Buffer.byteLength(String(long.output)), TEXT_BYTES_MAX - 1);
    assert.match(long.notes[0] ?? "", /the final text has 131073 bytes; the output is its first 65536/);
  });

  it("of another version, which tells less, is judged as well", () => {
    const { terminal_reason: _, ...short197 } = SUCCESS;
    assert.equal(judge(said(short197), EXIT_0).status, "success");
    assert.equal(
      short(judge(said({ ...SUCCESS, is_error: true, api_error_status: 401 }), EXIT_0)),
      "config_error",
    );
    assert.equal(short(judge(said({ ...SUCCESS, terminal_reason: "something_new" }), EXIT_0)), "unknown");
    assert.equal(short(judge(said({ ...SUCCESS, subtype: "error_of_tomorrow" }), EXIT_0)), "unknown");
  });
});

describe("what an attempt of claude used", () => {
  it("is what its models used, without what came from the cache again", () => {
    const model = {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadInputTokens: 1000,
      cacheCreationInputTokens: 7,
    };
    const facts = said({ ...SUCCESS, total_cost_usd: 0.25, modelUsage: { a: model, b: model } });
    assert.deepEqual(usageOf(facts), { costUsd: 0.25, tokens: 44 });
    assert.deepEqual(usageOf(recorded("max-budget")), { costUsd: 0.06, tokens: 7_000 });
  });

  it("is counted along by message; unknown stays null, never zero", () => {
    const message = (id: string, output_tokens: number) => ({
      type: "assistant",
      message: { id, usage: { input_tokens: 10, output_tokens, cache_read_input_tokens: 99 } },
    });
    assert.deepEqual(usageOf(said(message("1", 1), message("1", 1), message("2", 5))), {
      costUsd: null,
      tokens: 26,
    });
    assert.equal(said(message("1", 1), message("2", 5)).startTokens, 109, "what it was told before it began");
    assert.equal(usageOf(recorded("hang-midstream")), null);
    assert.deepEqual(usageOf(said(SUCCESS)), { costUsd: null, tokens: 0 });
  });
});
