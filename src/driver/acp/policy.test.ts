import assert from "node:assert/strict";
import { normalize } from "node:path";
import { describe, it } from "node:test";
import type { JsonMap } from "../../core/json.ts";
import { NO_RULES } from "../../spec/permission-rules.ts";
import type { Policy } from "./bridge-settings.ts";
import { rule } from "./policy.ts";

const EDITS: Policy = {
  kinds: ["read", "search", "think", "edit"],
  all: false,
  rules: NO_RULES,
  askable: ["Bash", "WebFetch", "WebSearch"],
  roots: ["/site", "/attempt/tmp", "/site/state/runs/r/a/1/tmp"],
  closed: ["/site/state"],
};
const OPTIONS = [
  { optionId: "always", name: "a", kind: "allow_always" },
  { optionId: "yes", name: "b", kind: "allow_once" },
  { optionId: "no", name: "c", kind: "reject_once" },
];

/** With what was refused in words. */
function ruled(...asked: Parameters<typeof answered>) {
  const { option, refused } = answered(...asked);
  return { option, refused: refused?.call ?? null };
}

function answered(toolCall: JsonMap, policy: Policy = EDITS, options: readonly JsonMap[] = OPTIONS) {
  const known = {
    workspace: "/site",
    kindOf: (call: string) => (call.startsWith("told") ? "edit" : null),
    pathsOf: (call: string) => (call === "told" ? ["/site/a"] : call === "told-out" ? ["/etc/passwd"] : []),
    realPath: (path: string) => (path === "/site/link" ? "/etc" : normalize(path)),
  };
  return rule({ toolCall, options: [...options] }, policy, known);
}

describe("the answer to an agent that asks", () => {
  it("is yes, for once, to the kinds that tools and mode allow, below the workspace", () => {
    for (const call of [
      { kind: "edit", title: "Write", locations: [{ path: "/site/a/b.txt", line: 3 }] },
      { kind: "read", content: [{ type: "diff", path: "a.txt" }] },
      { kind: "edit", locations: [{ path: "/attempt/tmp/x" }] },
      { toolCallId: "told", title: "Write" },
    ])
      assert.deepEqual(ruled(call), { option: "yes", refused: null }, JSON.stringify(call));
    const asked = { toolCallId: "told" };
    assert.equal(ruled(asked, EDITS, OPTIONS.slice(0, 1)).option, null, "a yes for ever");
    assert.equal(ruled(asked, { ...EDITS, all: true }, OPTIONS.slice(0, 1)).option, "always");
  });

  it("is no to a change that says nowhere where, or said elsewhere before", () => {
    for (const call of [{ kind: "edit" }, { toolCallId: "told-out" }, { kind: "delete" }, { kind: "move" }])
      assert.ok(ruled(call).refused !== null, JSON.stringify(call));
  });

  it("A9: is no to a change of what decapod keeps in the workspace, but for the attempt's own; reading goes on", () => {
    const all = {
      ...EDITS,
      kinds: [...EDITS.kinds, "delete", "move"],
      closed: ["/site/.claude/state", "/site/state"],
    };
    const of = (kind: string, path: string) =>
      ruled({ kind, title: "W", locations: [{ path }] }, all).refused;
    const [planted, own] = ["state/runs/r/plan/99/session.json", "state/runs/r/a/1/tmp/x"];
    assert.equal(of("edit", planted), `edit outside of the workspace (${planted}): W`);
    for (const path of ["/site/state", "/site/state/decapod.db", "state/runs/r/a/1/result.json"])
      assert.notEqual(of("edit", path), null, path);
    for (const path of [own, "statement.txt", "state.txt"]) assert.equal(of("edit", path), null, path);
    assert.equal(of("read", "state/outputs/0a"), null);
    for (const kind of ["delete", "move"])
      assert.deepEqual([of(kind, ".claude") === null, of(kind, "src") === null], [false, true], kind);
  });

  it("A9: is no to all other kinds, to none, and to files elsewhere, also by a link", () => {
    for (const [call, refused] of [
      [{ kind: "execute", rawInput: { command: "rm -rf /" }, title: "x" }, "execute: rm -rf /"],
      [{ kind: "fetch", title: "Fetch" }, "fetch: Fetch"],
      [{ kind: "switch_mode", title: "Go on" }, "switch_mode: Go on"],
      [{ kind: "other", name: "mcp_tool" }, "other: mcp_tool"],
      [{ title: "Something" }, "other: Something"],
      [{}, "other: a tool"],
      [
        { kind: "edit", title: "W", locations: [{ path: "/etc/passwd" }] },
        "edit outside of the workspace (/etc/passwd): W",
      ],
      [
        { kind: "read", title: "R", locations: [{ path: "../x" }] },
        "read outside of the workspace (../x): R",
      ],
      [
        { kind: "read", title: "R", locations: [{ path: "/siteshop" }] },
        "read outside of the workspace (/siteshop): R",
      ],
      [
        { kind: "edit", title: "W", locations: [{ path: "link" }] },
        "edit outside of the workspace (link): W",
      ],
    ] as const)
      assert.deepEqual(ruled(call as unknown as JsonMap), { option: "no", refused }, refused);
  });

  it("is none where the agent offers no such answer", () => {
    assert.deepEqual(ruled({ kind: "fetch", title: "F" }, EDITS, []), { option: null, refused: "fetch: F" });
    assert.deepEqual(ruled({ kind: "edit", title: "W" }, EDITS, OPTIONS.slice(2)), {
      option: "no",
      refused: "edit: W",
    });
  });

  it("is yes to what the person allows ever, and no to what they refuse, whatever else would hold", () => {
    const rules = {
      allow: ["Bash(npm test)", "WebFetch(domain:example.org)"],
      refuse: ["Bash(git push *)", "WebSearch"],
    };
    const commands = { ...EDITS, kinds: ["execute", "fetch"], rules };
    const push = { kind: "execute", rawInput: { command: "npm test; git push" } };
    const no = "execute: npm test; git push (your configuration refuses Bash(git push *))";
    for (const [call, policy, refused] of [
      [{ kind: "execute", rawInput: { command: "npm test" } }, { ...EDITS, rules }, null],
      [
        { kind: "execute", rawInput: { command: "npm test; x" } },
        { ...EDITS, rules },
        "execute: npm test; x",
      ],
      [
        { kind: "execute", rawInput: { command: "npm test" }, locations: [{ path: "/etc" }] },
        { ...EDITS, rules },
        "execute outside of the workspace (/etc): npm test",
      ],
      [{ kind: "execute", rawInput: { command: "git status" } }, commands, null],
      [push, commands, no],
      [push, { ...commands, all: true }, no],
      [{ kind: "fetch", rawInput: { url: "https://example.org/a" }, title: "F" }, { ...EDITS, rules }, null],
      [{ kind: "fetch", rawInput: { url: "https://example.com/a" }, title: "F" }, commands, null],
      [{ kind: "fetch", title: "F" }, commands, "fetch: F (your configuration refuses WebSearch)"],
    ] as const)
      assert.equal(ruled(call as unknown as JsonMap, policy).refused, refused, JSON.stringify(call));
    const search = { ...EDITS, rules: { allow: ["WebSearch"], refuse: [] } };
    const unsaid = { kind: "fetch", title: "F", rawInput: { prompt: "https://evil.example" } } as JsonMap;
    assert.equal(ruled(unsaid, search).refused, "fetch: F", "it may be more than a search");
  });

  it("is yes to everything by the person's own word", () => {
    const all: Policy = { kinds: [], all: true, rules: NO_RULES, askable: [], roots: [], closed: [] };
    assert.equal(ruled({ title: "Something", locations: [{ path: "/etc/passwd" }] }, all).refused, null);
  });

  it("that is no names the rule by which a person may allow just this call, where one can say it", () => {
    const execute = (command: string, more: JsonMap = {}) =>
      ({ kind: "execute", rawInput: { command }, ...more }) as JsonMap;
    const fetch = { kind: "fetch", rawInput: { url: "https://example.org/a" }, title: "F" } as JsonMap;
    const rules = { allow: [], refuse: ["Bash(git push *)"] };
    for (const [call, policy, rule, isEver] of [
      [execute("touch a"), EDITS, "Bash(touch a)", false],
      [fetch, EDITS, "WebFetch(domain:example.org)", false],
      [execute("rm *"), EDITS, null, false],
      [execute("touch a", { locations: [{ path: "/etc" }] }), EDITS, null, false],
      [execute("touch a"), { ...EDITS, askable: ["WebFetch"] }, null, false],
      [fetch, { ...EDITS, askable: ["Bash"] }, null, false],
      [{ kind: "fetch", title: "F" }, EDITS, null, false],
      [{ kind: "edit", title: "W", locations: [{ path: "/etc/passwd" }] }, EDITS, null, false],
      [execute("git push x"), { ...EDITS, rules }, "Bash(git push x)", true],
    ] as const) {
      const { refused } = answered(call as JsonMap, policy);
      assert.deepEqual([refused?.rule, refused?.isEver], [rule, isEver], JSON.stringify(call));
    }
    const forEver = OPTIONS.filter(({ kind }) => kind !== "allow_once");
    assert.equal(
      answered(execute("touch a"), EDITS, forEver).refused?.rule,
      null,
      "only a yes for ever is offered",
    );
    const allowed = { ...EDITS, rules: { allow: ["Bash(touch a)"], refuse: [] } };
    assert.equal(
      answered(execute("touch a"), allowed).refused,
      null,
      "once it is allowed it is no longer refused",
    );
  });
});
