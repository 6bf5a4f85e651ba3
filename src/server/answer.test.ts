import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OPERATIONS, type OperationName } from "../contract.ts";
import { bad, good } from "../core/problem.ts";
import { answer, route } from "./answer.ts";
import { type Admit, admitSameUser, type Handlers } from "./handlers.ts";

const RUN = "01m8jfa1nss5yzcbxg9s8t2q23";
const CALLER = { pid: 7 };
const SAME_USER = admitSameUser(async (token) =>
  token === "right" ? good("laptop") : bad({ code: "E_HUMAN_ONLY", message: "no" }),
);

interface Told {
  readonly status: number;
  readonly document: { readonly error?: { readonly code: string; readonly message: string } };
}

/** Asks as a door does; `calls` takes what reached a handler. */
async function ask(
  [method, path]: readonly [string, string],
  body: string | null,
  { admit = SAME_USER, calls = [] }: { admit?: Admit; calls?: unknown[] } = {},
): Promise<Told> {
  const take = async (input: unknown, caller: unknown) => {
    calls.push([input, caller]);
    return good({ run: RUN });
  };
  const handlers = Object.fromEntries(Object.keys(OPERATIONS).map((name) => [name, take]));
  const routed = route(method, path);
  if ("status" in routed) return routed as Told;
  const parts = { handlers: handlers as unknown as Handlers, admit };
  return (await answer(routed, { method, path, body, caller: CALLER }, parts)) as Told;
}

describe("a request", () => {
  it("reaches its operation with what stands in the path and in the body", async () => {
    const calls: unknown[] = [];
    const told = await ask(["POST", `/api/runs/${RUN}/cancel`], '{"reason":"enough","now":true}', { calls });
    assert.deepEqual(told, { status: 200, document: { schemaVersion: 1, run: RUN } });
    assert.deepEqual(calls, [
      [
        { run: RUN, reason: "enough", now: true },
        { ...CALLER, via: "cli" },
      ],
    ]);
  });

  it("W18 finds nothing at other paths, and takes no other method", async () => {
    for (const path of [
      "/api/run",
      "/api/runs/",
      `/api/runs/${RUN}/cancel/x`,
      "/api/owner?x=1",
      "//api/owner",
    ])
      assert.equal((await ask(["GET", path], null)).status, 404, path);
    for (const [method, path] of [
      ["GET", `/api/runs/${RUN}/cancel`],
      ["POST", "/api/owner"],
      ["DELETE", "/api/runs"],
      ["TRACE", "/api/owner"],
    ] as const)
      assert.equal((await ask([method, path], null)).status, 405, `${method} ${path}`);
  });

  it("W16, W17 is refused by its form, before anything is asked of anybody", async () => {
    const calls: unknown[] = [];
    const cancel = ["POST", `/api/runs/${RUN}/cancel`] as const;
    const bodies: readonly (readonly [readonly [string, string], string, string])[] = [
      [cancel, "{", "E_JSON"],
      [cancel, "[1]", "E_SCHEMA"],
      [cancel, "null", "E_SCHEMA"],
      [cancel, '{"reason":"x"}', "E_SCHEMA"],
      [cancel, '{"reason":"x","now":"yes"}', "E_SCHEMA"],
      [cancel, '{"reason":"x","now":true,"more":1}', "E_SCHEMA"],
      [cancel, '{"__proto__":{"now":true},"reason":"x","now":true}', "E_SCHEMA"],
      [cancel, `{"reason":"${"x".repeat(4097)}","now":true}`, "E_SCHEMA"],
      [["POST", "/api/runs/..%2f..%2fetc/pause"], "{}", "E_SCHEMA"],
      [["POST", `/api/runs/${RUN.toUpperCase()}/pause`], "{}", "E_SCHEMA"],
      [["POST", `/api/runs/${RUN}x/pause`], "{}", "E_SCHEMA"],
    ];
    for (const [place, body, code] of bodies) {
      const told = await ask(place, body, { calls });
      assert.deepEqual([told.status, told.document.error?.code], [400, code], body);
    }
    assert.deepEqual(calls, []);
    const told = await ask(cancel, `{"reason":"${"x".repeat(4096)}","now":true}`);
    assert.equal(told.status, 200);
  });

  it("names each field that is wrong", async () => {
    const told = await ask(["POST", `/api/runs/${RUN}/cancel`], '{"reason":1}');
    assert.match(told.document.error?.message ?? "", /^reason must be text/);
  });

  it("W5 is answered by its access class alone: each operation has one, and decisions are refused by default", async () => {
    for (const name of Object.keys(OPERATIONS) as OperationName[])
      assert.ok(["read", "act", "decide"].includes(OPERATIONS[name].access), name);
    const asked: string[] = [];
    const nobody: Admit = async (access) => {
      asked.push(access);
      return bad({ code: "E_NOT_ALLOWED", message: "no" });
    };
    const told = await ask(["POST", `/api/runs/${RUN}/pause`], "{", { admit: nobody });
    assert.deepEqual([told.status, asked], [403, ["act"]]);
    const decided = await SAME_USER("decide", CALLER);
    assert.equal(decided.ok ? "" : decided.problems[0]?.code, "E_HUMAN_ONLY");
    for (const access of ["read", "act"] as const)
      assert.deepEqual(await SAME_USER(access, CALLER), good({ ...CALLER, via: "cli" }));
  });

  it("A6 lets a person's token stand for the terminal, by its name, and no other", async () => {
    const by = async (token: string) => SAME_USER("decide", { pid: process.pid, token });
    assert.deepEqual(await by("right"), good({ pid: process.pid, token: "right", via: "token laptop" }));
    assert.ok(!(await by("wrong")).ok);
    assert.ok(!(await SAME_USER("decide", { pid: null, token: "right" })).ok, "it must be told who asks");
  });

  it("gives what is refused the status of its code, and all that a source frame is made of", async () => {
    const at = { file: "x.yaml", line: 3, column: 5, length: 4 };
    const routed = route("GET", "/api/owner");
    assert.ok(!("status" in routed));
    const statuses = {
      E_NOT_FOUND: 404,
      E_RUN_CLOSED: 409,
      E_SCHEMA: 400,
      E_HUMAN_ONLY: 403,
      E_DISK_FULL: 503,
    };
    for (const [code, status] of Object.entries(statuses)) {
      const handlers = { "owner.show": async () => bad({ code, message: "m", hint: "h", at }) };
      const asked = { method: "GET", path: "/api/owner", body: null, caller: CALLER };
      const parts = { handlers: handlers as unknown as Handlers, admit: SAME_USER };
      const problem = { code, message: "m", hint: "h", at };
      assert.deepEqual(await answer(routed, asked, parts), {
        status,
        document: { schemaVersion: 1, error: problem, problems: [problem] },
      });
    }
  });
});
