import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { LIMITS } from "../../core/limits.ts";
import { realFiles } from "../../port/files.ts";
import { secretForms } from "../../work/redact.ts";
import { openOutputLog } from "../output-log.ts";
import { claudeView } from "./view.ts";

const folder = join(import.meta.dirname, "../../../test/data/claude-code");

function shown(bytes: Uint8Array, piece = bytes.length): readonly string[] {
  const view = claudeView();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += piece) parts.push(view.write(bytes.subarray(at, at + piece)));
  return Buffer.concat([...parts, view.end()])
    .toString("utf8")
    .split("\n")
    .slice(0, -1);
}

const recorded = (name: string) => readFileSync(join(folder, `${name}.jsonl`));

function of(...events: readonly object[]): readonly string[] {
  return shown(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join("")));
}

describe("what a person sees of claude at work", () => {
  it("its words, its tools, what they gave and what it came to", () => {
    assert.deepEqual(shown(recorded("write-acceptEdits")), [
      "claude 2.1.328, claude-opus-5-5, acceptEdits, session <ID-1>",
      "Writing.",
      "● Write <CWD>/hello.txt",
      "  File created successfully at: <CWD>/hello.txt (file state is current in your context — no need to Read it back)",
      "Done.",
      "■ done: 2 turns, $0.0016",
    ]);
  });

  it("why it waits, what it may not do, and how it failed", () => {
    assert.equal(shown(recorded("retry-529-then-ok"))[1], "… overloaded (529): try 1 of 10 in 0.5 s");
    assert.ok(shown(recorded("denied-default")).includes("✗ not allowed: Write"));
    assert.ok(shown(recorded("usage-limit-stream")).includes("✗ usage limit reached (five_hour)"));
    assert.deepEqual(
      shown(recorded("max-turns-stream")).at(-1),
      "■ error: 3 turns, $0.0016, error_max_turns, Reached maximum number of turns (2)",
    );
    assert.match(shown(recorded("auth-403")).at(-1) ?? "", /■ error: .*Failed to authenticate/);
    assert.ok(shown(recorded("fallback-model")).some((line) => line.startsWith("… Switched to Haiku")));
  });

  it("is the same wherever the stream is cut, and no line is long", () => {
    for (const name of ["write-acceptEdits", "subagent-background", "schema-exhausted"]) {
      const whole = shown(recorded(name));
      for (const piece of [1, 7, 1_000]) assert.deepEqual(shown(recorded(name), piece), whole);
      assert.ok(whole.every((line) => line.length <= 401));
    }
  });

  it("what is no event is shown as it is, once; what nobody knows is not shown", () => {
    assert.deepEqual(shown(Buffer.from('plain words\n{broken\n[1]\n{"type":"of tomorrow"}\n')), [
      "plain words",
      "{broken",
      "[1]",
    ]);
  });

  it("long results and calls are cut, not left out", () => {
    const content = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
    const lines = of(
      { type: "user", message: { content: [{ type: "tool_result", content, is_error: true }] } },
      {
        type: "assistant",
        message: { content: [{ type: "tool_use", name: "Odd", input: { a: "x".repeat(900) } }] },
      },
      { type: "assistant", message: { content: [{ type: "thinking", thinking: "secret plans" }] } },
      { type: "user", message: { content: "typed by nobody" } },
    );
    assert.deepEqual([lines[0], lines[12], lines.length], ["  ✗ line 0", "  ✗ … 18 more lines", 15]);
    assert.match(lines[13] ?? "", /^● Odd \{"a":"x{380,}…$/);
    assert.equal(lines[14], "… thinking");
  });
});

const SECRET = "hunter2-hunter2-of-the-person";

function logged(
  t: TestContext,
  pieces: readonly Uint8Array[],
): { readonly log: string; readonly stream: string } {
  const place = mkdtempSync(join(tmpdir(), "decapod-view-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  const [logPath, stdoutPath] = [join(place, "log"), join(place, "stream")] as const;
  const forms = secretForms({ KEY: SECRET });
  const log = openOutputLog(
    { logPath, stdoutPath, stdoutBytesMax: 0, view: "claude-code", forms },
    realFiles,
  );
  for (const piece of pieces) log.write(1, piece);
  log.write(2, Buffer.from(`trouble with ${SECRET}\n`));
  log.end();
  return { log: readFileSync(logPath, "utf8"), stream: readFileSync(stdoutPath, "utf8") };
}

describe("the log and the stream file of claude", () => {
  it("O4: hold no secret, wherever the stream or a line is cut, nor one that only reading the JSON puts together", (t) => {
    const base64 = Buffer.from(SECRET.repeat(4)).toString("base64").replace(/.{20}/g, "$&\n");
    const text = `${"x".repeat(390)}${SECRET} and ${base64} and ${JSON.stringify(SECRET)}`;
    const event = { type: "assistant", message: { content: [{ type: "text", text }] } };
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
    for (const cut of [1, 420, 430, 440, bytes.length - 30]) {
      const { log, stream } = logged(t, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      for (const kept of [log, stream]) assert.ok(!kept.includes(SECRET.slice(0, 10)), kept.slice(0, 900));
      assert.match(log, /\[redac/);
      assert.match(log, /trouble with \[redacted:KEY\]/);
      // What other tasks read of it is marked as in all outputs.
      assert.match(stream, /x\*\*\* and/);
      assert.doesNotMatch(log, /aHVudGVy/);
    }
  });

  it("F27: keep both ends of a stream of any length, so that the result is there", (t) => {
    const line = Buffer.from(`{"type":"user","x":"${"y".repeat(65_000)}"}\n`);
    const { stream } = logged(t, [
      ...Array.from({ length: 300 }, () => line),
      Buffer.from('{"type":"result"}\n'),
    ]);
    assert.ok(stream.length <= LIMITS.logBytes.default + 100);
    assert.match(stream, /left out\n/);
    assert.ok(stream.endsWith('{"type":"result"}\n'));
  });
});
