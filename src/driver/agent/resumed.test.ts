// What is held for a session that could not be gone on with, of the agents that tell it in words. The words are real.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plainWork } from "../../../test/support/plain-work.ts";
import { NO_FACTS as NO_ACP } from "../acp/facts.ts";
import { judge as judgeAcp } from "../acp/verdict.ts";
import { NO_FACTS as NO_CODEX } from "../codex/facts.ts";
import { judge as judgeCodex } from "../codex/verdict.ts";
import { NO_FACTS as NO_GEMINI } from "../gemini/facts.ts";
import { judge as judgeGemini } from "../gemini/verdict.ts";
import type { Ended, Verdict } from "./verdict.ts";

const usage = { costUsd: null, tokens: null };
const kept = { folder: "/p/a/1", id: "0b1c2d3e-0000-4000-8000-0123456789ab", attempt: "R/a/1", usage };
const FOLDERS = { workspace: "/p", environment: {}, folder: "/p/a/2", attempt: "R/a/2" };
const GOES_ON = plainWork({ ...FOLDERS, session: { note: "", kept } });
const NEW = plainWork(FOLDERS);
const EXIT_1: Ended = { code: 1, signal: null, isDone: false, lastError: "" };

type Judged = (work: typeof NEW) => Verdict;

const codex =
  (failed: string | null, ended: Partial<Ended> = {}, facts: Partial<typeof NO_CODEX> = {}): Judged =>
  (work) =>
    judgeCodex({ ...NO_CODEX, failed, ...facts }, { ...EXIT_1, ...ended }, work);
const gemini =
  (why: string | null, ended: Partial<Ended> = {}, facts: Partial<typeof NO_GEMINI> = {}): Judged =>
  (work) => {
    const result = why === null ? null : { isSuccess: false, why };
    return judgeGemini({ ...NO_GEMINI, result, ...facts }, { ...EXIT_1, ...ended }, work);
  };
const acp =
  (failed: Partial<NonNullable<typeof NO_ACP.failed>>, facts: Partial<typeof NO_ACP> = {}): Judged =>
  (work) => {
    const said = { message: "", code: -32_603, methods: [], isOfSession: false, ...failed };
    return judgeAcp({ ...NO_ACP, agent: "tiny", failed: said, ...facts }, EXIT_1, work);
  };

const NO_ROLLOUT =
  "Error: thread/resume: thread/resume failed: no rollout found for thread id 0b1c2d3e-0000-4000-8000-0123456789ab (code -32600)";
const NO_FILE = "Error importing session from file: File not found or invalid format: /tmp/s.jsonl";
const API_400 = '[API Error: {"error":{"code":400,"message":"no"}}]';

describe("one that was to go on with a session", () => {
  it("could not, when its program says so, or the API does not take what the session holds", () => {
    const refused: Readonly<Record<string, Judged>> = {
      "codex, no file": codex(null, { lastError: NO_ROLLOUT }),
      "codex, 400": codex("unexpected status 400 Bad Request: no", {}, { thread: "t" }),
      "codex, too long": codex("Codex ran out of room in the model's context window."),
      "gemini, no file": gemini(null, { code: 42, lastError: NO_FILE }),
      "gemini, 400": gemini(API_400, { code: 144 }, { session: "g" }),
      "acp, not found": acp({ message: "no such session", code: -32_002, isOfSession: true }),
      "acp, none": acp({ message: "session s-1 does not exist", isOfSession: true }),
      "acp, 400": acp({ message: "Internal error: API Error: 400 prompt is too long" }, { session: "s" }),
    };
    for (const [name, judged] of Object.entries(refused)) {
      const { status, neverBegan } = judged(GOES_ON);
      assert.deepEqual([status, neverBegan], ["lost", true], name);
      assert.notEqual(judged(NEW).neverBegan, true, name);
    }
  });

  it("has failed as any other, when it was killed, when nobody pays, and when a limit is used up", () => {
    const others: Readonly<Record<string, Judged>> = {
      "codex, killed before its thread": codex(null, { code: null, signal: "SIGKILL" }),
      "codex, not logged in": codex(null, { lastError: "Error: Not logged in" }),
      "codex, busy before its thread": codex("unexpected status 503 Service Unavailable"),
      "codex, a limit of 400": codex("You've hit your usage limit of 400 messages. Try again later."),
      "codex, 400 ms": codex("timed out after 400 ms", {}, { thread: "t" }),
      "gemini, no login": gemini(null, { code: 41, lastError: "Please set an Auth method" }),
      "gemini, killed": gemini(null, { code: null, signal: "SIGKILL", lastError: "the prompt is too long" }),
      "gemini, quota": gemini("You have exhausted your daily quota of 400 requests"),
      "acp, asks who pays": acp({ message: "it asks who pays", code: -32_000, methods: ["x"] }),
      "acp, used up as it is opened": acp({ message: "You've hit your usage limit", isOfSession: true }),
      "acp, unreachable as it is opened": acp({ message: "fetch failed", isOfSession: true }),
      "acp, ended": acp({ message: "it ended (exit 7): closed", code: null }),
    };
    for (const [name, judged] of Object.entries(others)) {
      assert.deepEqual(judged(GOES_ON), judged(NEW), name);
      assert.notEqual(judged(GOES_ON).neverBegan, true, name);
    }
  });

  it("could, once the model has answered", () => {
    const status = "unexpected status 400 Bad Request";
    assert.notEqual(codex(status, {}, { thread: "t", isAtWork: true })(GOES_ON).neverBegan, true);
    assert.notEqual(gemini(API_400, {}, { session: "g", message: "I begin." })(GOES_ON).neverBegan, true);
    assert.notEqual(acp({ message: status }, { session: "s", message: "I" })(GOES_ON).neverBegan, true);
  });
});
