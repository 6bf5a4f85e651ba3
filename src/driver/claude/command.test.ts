import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plainRole } from "../../../test/support/plain-role.ts";
import { instructionsOf } from "../agent/call.ts";
import { agentSettings } from "../agent/settings.ts";
import type { Work } from "../driver.ts";
import { askedSchema, requestOf } from "./command.ts";

const WORK: Work = {
  attempt: "r/fix/1",
  run: "r",
  task: "fix",
  number: 1,
  agent: "coder",
  agentRole: null,
  parameters: { task: "$(touch x); --model evil" },
  options: {},
  environment: { PATH: "/usr/bin", TMPDIR: "/p/a/tmp", KEY: "secret-of-the-task" },
  secrets: { KEY: "secret-of-the-task" },
  workspace: "/p",
  folder: "/p/a",
  timeoutMs: 5,
  idleTimeoutMs: 6,
  budget: { usd: null, tokens: null },
  outputSchema: null,
  brief: "Do it.",
  reattach: false,
};
const LOGIN = {
  environment: { ANTHROPIC_API_KEY: "key-of-the-person" },
  secrets: { ANTHROPIC_API_KEY: "key-of-the-person" },
  configFolder: "attempt",
} as const;

function request(work: Partial<Work>, login: Parameters<typeof requestOf>[1]["login"] = LOGIN) {
  const settings = agentSettings({
    driver: "claude-code",
    options: work.options ?? {},
    role: null,
    permission: "acceptEdits",
  });
  assert.ok(settings.ok);
  return requestOf(
    { ...WORK, ...work },
    { program: "/bin/claude", settings: settings.value, login, secrets: {} },
  );
}

describe("how claude is called", () => {
  it("by its full path, with nothing of the repository loaded, its brief from a file", () => {
    const { argv, input, folder, view } = request({});
    assert.deepEqual(argv, [
      ...["/bin/claude", "-p", "--output-format", "stream-json", "--verbose"],
      ...["--setting-sources=", "--strict-mcp-config"],
      "--tools=Read,Glob,Grep,Edit,Write,NotebookEdit",
      ...["--permission-mode", "acceptEdits", "--append-system-prompt-file", "/p/a/instructions.md"],
    ]);
    assert.deepEqual([input, folder, view], [{ path: "/p/a/brief.md" }, "/p", "claude-code"]);
  });

  it("with what task and role ask for", () => {
    const options = {
      model: "haiku",
      effort: "low",
      max_turns: 3,
      tools: ["Read", "Bash(npm test)", "WebSearch"],
      denied_tools: ["WebFetch"],
    };
    assert.deepEqual(
      request({ options, budget: { usd: 0.5, tokens: null }, outputSchema: { type: "object" } }).argv.slice(
        7,
      ),
      [
        "--tools=Read,Bash,WebSearch",
        ...["--allowedTools", "Bash(npm test)", "WebSearch", "--disallowedTools", "WebFetch"],
        ...["--permission-mode", "acceptEdits", "--append-system-prompt-file", "/p/a/instructions.md"],
        ...["--model", "haiku", "--effort", "low", "--max-turns", "3", "--max-budget-usd", "0.5"],
        ...["--json-schema", '{"type":"object"}'],
      ],
    );
  });

  it("O6: no secret and no text of the task is an argument; what is secret is named for redaction", () => {
    const { argv, environment, secrets } = request({});
    for (const word of argv)
      for (const text of ["secret", "key-of", "touch"]) assert.ok(!word.includes(text), word);
    assert.equal(environment.ANTHROPIC_API_KEY, "key-of-the-person");
    assert.deepEqual(secrets, { KEY: "secret-of-the-task", ANTHROPIC_API_KEY: "key-of-the-person" });
  });

  it("C4: with the attempt's environment, who pays, and what keeps it quiet and alone", () => {
    const quiet = {
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
      CLAUDE_CODE_TMPDIR: "/p/a/claude/tmp",
    };
    assert.deepEqual(request({}).environment, {
      ...WORK.environment,
      ...LOGIN.environment,
      ...quiet,
      CLAUDE_CONFIG_DIR: "/p/a/claude/config",
    });
    const own = request({}, { environment: {}, secrets: {}, configFolder: "person" });
    assert.deepEqual(own.environment, { ...WORK.environment, ...quiet });
  });

  it("tells an agent its role, and that nobody is there", () => {
    assert.match(instructionsOf(WORK), /^You work unattended/);
    const role = { ...noRole, instructions: "You plan." };
    assert.match(instructionsOf({ ...WORK, agentRole: role }), /^You plan\.\n\nYou work unattended/);
  });

  it("asks for JSON as claude can give it: a map as it is, anything else inside one", () => {
    const list = { type: "array", items: { type: "number" } };
    assert.deepEqual(askedSchema(null), { how: "none", schema: null });
    assert.deepEqual(askedSchema({ type: "object" }), { how: "plain", schema: { type: "object" } });
    assert.deepEqual(askedSchema(list), {
      how: "wrapped",
      schema: { type: "object", properties: { value: list }, required: ["value"] },
    });
    for (const schema of [
      true,
      { type: "array", items: { $ref: "#/$defs/x" } },
      { type: "object", description: "x".repeat(100_001) },
    ])
      assert.equal(askedSchema(schema).how, "none");
  });
});

const noRole = plainRole("");
