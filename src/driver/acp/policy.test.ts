import assert from "node:assert/strict";
import { normalize } from "node:path";
import { describe, it } from "node:test";
import type { JsonMap } from "../../core/json.ts";
import type { Policy } from "./bridge-settings.ts";
import { rule } from "./policy.ts";

const EDITS: Policy = {
  kinds: ["read", "search", "think", "edit"],
  all: false,
  roots: ["/site", "/attempt/tmp"],
};
const OPTIONS = [
  { optionId: "always", name: "a", kind: "allow_always" },
  { optionId: "yes", name: "b", kind: "allow_once" },
  { optionId: "no", name: "c", kind: "reject_once" },
];

function ruled(toolCall: JsonMap, policy: Policy = EDITS, options: readonly JsonMap[] = OPTIONS) {
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

  it("is yes to everything by the person's own word", () => {
    const all: Policy = { kinds: [], all: true, roots: [] };
    assert.equal(ruled({ title: "Something", locations: [{ path: "/etc/passwd" }] }, all).refused, null);
  });
});
