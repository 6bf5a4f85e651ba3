import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMap } from "../../core/json.ts";
import type { Role } from "../../core/workflow.ts";
import { roleOf } from "../../spec/roles.ts";
import { type AgentSettings, agentSettings, DEFAULT_TOOLS } from "./settings.ts";

function problemsOf(
  options: JsonMap,
  role: Role | null = null,
  permission = "acceptEdits",
): readonly string[] {
  const read = agentSettings({ driver: "claude-code", options, role, permission });
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
}

function settingsOf(options: JsonMap, role: Role | null = null, permission = "acceptEdits"): AgentSettings {
  const read = agentSettings({ driver: "claude-code", options, role, permission });
  if (!read.ok) assert.fail(JSON.stringify(read.problems));
  return read.value;
}

describe("how an agent is set", () => {
  it("without a word: files of the workspace, no command, edits accepted", () => {
    assert.deepEqual(settingsOf({}), {
      model: null,
      effort: null,
      maxTurns: null,
      permission: "acceptEdits",
      tools: DEFAULT_TOOLS,
      allowed: [],
      denied: [],
      servers: [],
      written: DEFAULT_TOOLS,
      standing: [],
    });
  });

  it("by its role, and by the task's options over it", () => {
    const role = roleOf(
      "---\ntools: Read, Bash\ndisallowedTools: WebFetch\nmodel: haiku\nmaxTurns: 5\n---\n",
    );
    assert.deepEqual(settingsOf({}, role), {
      model: "haiku",
      effort: null,
      maxTurns: 5,
      permission: "acceptEdits",
      tools: ["Read", "Bash"],
      allowed: ["Bash"],
      denied: ["WebFetch"],
      servers: [],
      written: ["Read", "Bash", "WebFetch"],
      standing: [],
    });
    const over = settingsOf(
      {
        model: "opus",
        effort: "high",
        max_turns: 9,
        tools: ["Bash(npm test)", "Bash(git log *)"],
        denied_tools: [],
      },
      role,
    );
    assert.deepEqual(
      [over.model, over.effort, over.maxTurns, over.tools, over.allowed, over.denied],
      ["opus", "high", 9, ["Bash"], ["Bash(npm test)", "Bash(git log *)"], []],
    );
    assert.deepEqual(settingsOf({ tools: [] }).tools, []);
  });

  it("what the person allows ever is allowed where it is offered, but in no plan and against no denial", () => {
    const rules = { allow: ["Bash(npm test)", "WebSearch"], refuse: ["Bash(git push *)"] };
    const set = (options: JsonMap) => {
      const read = agentSettings({
        driver: "claude-code",
        options,
        role: null,
        permission: "acceptEdits",
        rules,
      });
      return read.ok ? [read.value.tools, read.value.allowed, read.value.denied] : read.problems;
    };
    const tools = ["Read", "Bash(git log)"];
    assert.deepEqual(set({ tools }), [
      ["Read", "Bash"],
      ["Bash(git log)", "Bash(npm test)"],
      ["Bash(git push *)"],
    ]);
    assert.deepEqual(set({ tools: ["Read"] }), [["Read"], [], ["Bash(git push *)"]]);
    assert.deepEqual(set({ tools, permission: "plan" })[1], ["Bash(git log)"]);
    assert.deepEqual(set({ tools, denied_tools: ["Bash(npm test)"] }).slice(1), [
      ["Bash(git log)"],
      ["Bash(npm test)", "Bash(git push *)"],
    ]);
  });

  it("tools for files are offered, never allowed by name: that would let them out of the workspace", () => {
    const { tools, allowed } = settingsOf({
      tools: ["Read", "Write", "Edit", "MultiEdit", "WebSearch", "Read(docs/**)"],
    });
    assert.deepEqual(tools, ["Read", "Write", "Edit", "MultiEdit", "WebSearch"]);
    assert.deepEqual(allowed, ["WebSearch", "Read(docs/**)"]);
  });

  it("I2: no wider than the person allows, whoever asks; narrower always", () => {
    for (const mode of ["bypassPermissions", "auto"]) {
      assert.deepEqual(problemsOf({ permission: mode }), [
        `E_ARG options.permission asks for ${mode}, which is wider than acceptEdits`,
      ]);
      for (const text of [`permissionMode: ${mode}`, `decapod:\n  permission: ${mode}`])
        assert.deepEqual(problemsOf({}, roleOf(`---\n${text}\n---\n`)), [
          `E_ARG the role's permission asks for ${mode}, which is wider than acceptEdits`,
        ]);
    }
    assert.deepEqual(problemsOf({ permission: "acceptEdits" }, null, "plan").length, 1);
    for (const mode of ["plan", "default", "dontAsk", "manual"])
      assert.equal(settingsOf({ permission: mode }).permission, mode);
    assert.equal(
      settingsOf({ permission: "acceptEdits" }, null, "bypassPermissions").permission,
      "acceptEdits",
    );
    assert.equal(settingsOf({}, null, "bypassPermissions").permission, "bypassPermissions");
  });

  it("I2: no text from a workflow becomes an option of the program", () => {
    const flag = "--dangerously-skip-permissions";
    for (const [key, value] of [
      ["model", flag],
      ["effort", flag],
      ["permission", flag],
      ["tools", [flag]],
      ["tools", ["Read", "-p"]],
      ["tools", ["Read,Bash"]],
      ["tools", ["Bash(x)\n--verbose"]],
      ["denied_tools", [flag]],
      ["denied_tools", [""]],
      ["model", "x y"],
      ["model", `m${"x".repeat(300)}`],
    ] as const)
      assert.match(
        problemsOf({ [key]: value })[0] ?? "",
        new RegExp(`^E_ARG options\\.${key} cannot be`),
        `${key} ${value}`,
      );
    assert.match(problemsOf({}, roleOf(`---\nmodel: ${flag}\n---\n`))[0] ?? "", /^E_ARG the role's model/);
    assert.match(problemsOf({}, roleOf(`---\ntools: ${flag}\n---\n`))[0] ?? "", /^E_ARG the role's tools/);
  });

  it("what comes later is refused by its name, all at once", () => {
    const role = roleOf("---\ntools: Read\ndecapod:\n  colour: red\n  size: 3\n---\n");
    assert.deepEqual(problemsOf({}, role), [
      "E_NOT_IN_THIS_VERSION the role's decapod.colour is not carried out by this version yet",
      "E_NOT_IN_THIS_VERSION the role's decapod.size is not carried out by this version yet",
    ]);
  });
});
