import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { makeClient } from "../client/client.ts";
import { socketFetch } from "../client/socket-fetch.ts";
import { good } from "../core/problem.ts";
import type { Handlers } from "./handlers.ts";
import { httpDoor } from "./http.ts";

const OWNER = { pid: 7, version: "1", since: 1, durability: "durable", runs: [] } as const;

test("F34: who comes when all connections are taken is told so, and answered once there is room", async (t) => {
  const path = join(temporaryFolder(t), "owner.sock");
  const handlers = { "owner.show": async () => good(OWNER) } as unknown as Handlers;
  const { server } = httpDoor({ handlers, admit: async () => good({ pid: 1, via: "cli" }), handles: 50 });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const client = makeClient(socketFetch(path), { pid: 1 });
  const ask = () => client.call("owner.show", {});
  const held: ReturnType<typeof connect>[] = [];
  let answer = await ask();
  for (; answer.ok && held.length < 50; answer = await ask()) {
    const one = connect(path).on("error", () => {});
    held.push(one);
    await new Promise((resolve) => one.once("connect", resolve));
  }
  t.after(() => held.map((one) => one.destroy()));
  assert.ok(held.length >= 10, `${held.length} at once`);
  assert.equal(answer.ok || answer.problems[0]?.code, "E_FDS");
  const left = new Promise<void>((resolve) => {
    const look = () => server.getConnections((_, count) => (count === 0 ? resolve() : setImmediate(look)));
    look();
  });
  for (const one of held) one.destroy();
  await left;
  assert.deepEqual(await ask(), good({ ...OWNER }));
});
