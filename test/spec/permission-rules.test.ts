// What a person allows and refuses ever: which calls a rule is about, and which texts are no rule.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAllowed, refusing, type WantedCall } from "../../src/spec/permission-rules.ts";
import { readUserFile } from "../../src/spec/user-file.ts";

const bash = (about: string | null): WantedCall => ({ tool: "Bash", about });
const host = (name: string): WantedCall => ({ tool: "WebFetch", about: `domain:${name}` });

function allows(rule: string, call: WantedCall): boolean {
  return isAllowed({ allow: [rule], refuse: [] }, call);
}

function refuses(rule: string, call: WantedCall): boolean {
  return refusing({ allow: [], refuse: [rule] }, call) === rule;
}

describe("rules of a person", () => {
  it("allow the whole of a tool, one command, or those that a star stands for", () => {
    for (const [rule, call, expected] of [
      ["Bash", bash("anything && more"), true],
      ["Bash", bash(null), true],
      ["Bash(npm test)", bash("npm test"), true],
      ["Bash(npm test)", bash("npm test -- --watch"), false],
      ["Bash(npm test && npm run lint)", bash("npm test && npm run lint"), true],
      ["Bash(git log *)", bash("git log"), true],
      ["Bash(git log *)", bash("git log --oneline"), true],
      ["Bash(git log:*)", bash("git log --oneline"), true],
      ["Bash(git log *)", bash("git logs"), false],
      ["Bash(git * main)", bash("git push origin main"), true],
      ["Bash(git * main)", bash("git main"), false],
      ["Bash(ls*)", bash("lsof"), true],
      ["Bash(a*a)", bash("a"), false],
      ["Bash(npm test)", bash(null), false],
      ["Bash(npm test)", host("npm test"), false],
      ["WebFetch(domain:example.org)", host("example.org"), true],
      ["WebFetch(domain:example.org)", host("evil-example.org"), false],
      ["WebSearch", { tool: "WebSearch", about: null }, true],
    ] as const)
      assert.equal(allows(rule, call), expected, `${rule} ${call.about}`);
  });

  it("A9: never allow a second command behind the one that a star stands for", () => {
    for (const more of [
      "; rm -rf /",
      " && rm x",
      " | sh",
      "\nrm x",
      " $(rm x)",
      " `rm x`",
      " > ~/.bashrc",
      " & x",
    ])
      assert.equal(allows("Bash(git log *)", bash(`git log${more}`)), false, more);
  });

  it("refuse a command also as a part of a longer one, and what is not said", () => {
    for (const [rule, call, expected] of [
      ["Bash(git push *)", bash("git push"), true],
      ["Bash(git push *)", bash("npm test && git push origin main"), true],
      ["Bash(git add .)", bash("git add ."), true],
      ["Bash(git add)", bash("git add ."), false],
      ["Bash(git push *)", bash("git  push\torigin"), true],
      ["Bash(git push *)", bash("FOO=1 BAR=2 git push origin"), true],
      ["Bash(git push *)", bash("if true; then git push x; fi"), true],
      ["WebFetch(domain:evil.com)", host("evil.com."), true],
      ["Bash(git push *)", bash("echo $(git push)"), true],
      ["Bash(git push *)", bash("git pull"), false],
      ["Bash(git push *)", bash(null), true],
      ["Bash", bash("git pull"), true],
      ["WebFetch(domain:example.org)", host("example.com"), false],
      ["WebSearch", host("example.com"), false],
    ] as const)
      assert.equal(refuses(rule, call), expected, `${rule} ${call.about}`);
  });
});

describe("rules in the configuration of a person", () => {
  it("are read as they stand; there need not be any", () => {
    const read = readUserFile("config.yaml", "permissions: { allow: [Bash(npm test), WebSearch] }");
    assert.deepEqual(read.ok && read.value.permissions, {
      allow: ["Bash(npm test)", "WebSearch"],
      refuse: [],
    });
    const empty = readUserFile("config.yaml", "");
    assert.deepEqual(empty.ok && empty.value.permissions, { allow: [], refuse: [] });
  });

  it("stand beside a budget of each day and a cap on what starts unasked", () => {
    const read = readUserFile("config.yaml", "limits: { budget_per_day: { tokens: 1000 } }");
    assert.deepEqual(read.ok && read.value.budgetPerDay, { usd: null, tokens: 1000 });
    assert.equal(readUserFile("config.yaml", "limits: { budget_per_day: { usd: -1 } }").ok, false);
    const capped = readUserFile("config.yaml", "limits: { fan_out: 5 }");
    assert.deepEqual(capped.ok && capped.value.fanOut, 5);
    assert.equal(readUserFile("config.yaml", "limits: { fan_out: 10001 }").ok, false);
    assert.equal(readUserFile("config.yaml", "limits: { items: 1 }").ok, false, "that is the project's");
  });

  it("are refused by place where nobody could keep them", () => {
    for (const rule of [
      "Edit",
      "Bash()",
      "bash(git push)",
      "WEBSEARCH",
      "WebFetch(domain:Evil.com)",
      "Bash(echo (x))",
      "mcp__x__y",
      "WebFetch(https://x)",
      "Bash(a\\*)",
      "*",
    ]) {
      const text = `permissions:\n  refuse:\n    - ${JSON.stringify(rule)}\n`;
      const read = readUserFile("config.yaml", text);
      const [problem] = read.ok ? [] : read.problems;
      assert.match(problem?.message ?? "", /is no rule; one is Bash, Bash\(npm test\)/, rule);
      assert.deepEqual([problem?.code, problem?.at?.line], ["E_ARG", 3]);
    }
  });
});
