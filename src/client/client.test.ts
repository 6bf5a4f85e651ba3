import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { BODY_BYTES_MAX, type Happening } from "../contract.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { type Door, openDoor } from "../server/door.ts";
import type { Caller, Handlers } from "../server/handlers.ts";
import { makeClient } from "./client.ts";
import { socketFetch } from "./socket-fetch.ts";

const RUN = "01m8jfa1nss5yzcbxg9s8t2q23";
const OWNER = { pid: 7, version: "1", since: 1, durability: "durable", runs: [RUN] } as const;

/** A door with these handlers, and a client that comes through it. */
async function doorWith(t: TestContext, handlers: object) {
  const stateFolder = temporaryFolder(t);
  const socket = join(stateFolder, "owner.sock");
  const opened: Result<Door> = await openDoor({
    stateFolder,
    environment: {},
    files: realFiles,
    clock: realClock,
    service: {
      handlers: { "owner.show": async () => good(OWNER), ...handlers } as unknown as Handlers,
      admit: async (_access, caller) => good({ ...caller, via: "cli" }),
    },
    announce: () => {},
  });
  assert.ok(opened.ok);
  t.after(() => opened.value.close(false));
  const client = makeClient(socketFetch(socket), { pid: 42 });
  return { client, door: opened.value, socket };
}

/** What the door says to these bytes; it may close while some of them are still on the way. */
function rawly(socket: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let told = "";
    const connection = connect(socket, () => connection.write(text));
    connection.setEncoding("utf8").on("data", (more) => {
      told += more;
    });
    connection.on("close", () => resolve(told)).on("error", () => {});
  });
}

describe("a client at the owner's door", () => {
  it("asks and is answered, and says who it is", async (t) => {
    const callers: Caller[] = [];
    const { client } = await doorWith(t, {
      "runs.pause": async ({ run }: { run: string }, caller: Caller) => {
        callers.push(caller);
        return good({ run });
      },
    });
    assert.deepEqual(await client.call("owner.show", {}), good({ ...OWNER }));
    assert.deepEqual(await client.call("runs.pause", { run: RUN }), good({ run: RUN }));
    await client.call("runs.pause", { run: RUN }, "dcp_x");
    assert.deepEqual(callers, [
      { pid: 42, via: "cli" },
      { pid: 42, token: "dcp_x", via: "cli" },
    ]);
  });

  it("is told every problem as it is, with its place", async (t) => {
    const at = { file: "x.yaml", line: 3, column: 5, length: 4 };
    const problems = [
      { code: "E_TYPE", message: "a\u001b[2J", hint: "b", at },
      { code: "E_REQUIRED", message: "c" },
    ];
    const { client } = await doorWith(t, { "runs.resume": async () => bad(...problems) });
    assert.deepEqual(await client.call("runs.resume", { run: RUN }), { ok: false, problems });
  });

  it("hears what happens until the owner leaves, all of it", async (t) => {
    let tell: (item: Happening) => void = () => {};
    let stopped = 0;
    const { client, door } = await doorWith(t, {
      "events.follow": (call: typeof tell) => {
        tell = call;
        return () => {
          stopped += 1;
        };
      },
    });
    const items = client.events(new AbortController().signal);
    assert.deepEqual((await items.next()).value, { kind: "begin" });
    assert.equal(door.followers, 1);
    const entries = { kind: "entries", run: RUN, root: RUN, sequence: 4 } as const;
    tell(entries);
    assert.deepEqual((await items.next()).value, entries);
    const closing = door.close(true);
    assert.deepEqual((await items.next()).value, { kind: "leaving", handsOver: true });
    assert.equal((await items.next()).done, true);
    await closing;
    assert.deepEqual([stopped, door.followers], [1, 0]);
  });

  it("knows when the owner is gone, before it answers and while it is asked", async (t) => {
    const folder = temporaryFolder(t);
    const nobody = makeClient(socketFetch(join(folder, "owner.sock")), { pid: 1 });
    const refused = await nobody.call("owner.show", {});
    assert.equal(refused.ok || refused.problems[0]?.code, "E_OWNER_GONE");
    await assert.rejects(nobody.events(new AbortController().signal).next());
    const asked = Promise.withResolvers<void>();
    const { client, door } = await doorWith(t, {
      "runs.pause": () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const call = client.call("runs.pause", { run: RUN });
    await asked.promise;
    await door.close(false);
    const gone = await call;
    assert.equal(gone.ok || gone.problems[0]?.code, "E_OWNER_GONE");
  });

  it("a bug of a handler is an answer, and the door stays open", async (t) => {
    const { client } = await doorWith(t, {
      "runs.pause": async () => {
        throw new Error("oh");
      },
    });
    const failed = await client.call("runs.pause", { run: RUN });
    assert.deepEqual(failed.ok || failed.problems[0], { code: "E_BUG", message: "oh" });
    assert.ok((await client.call("owner.show", {})).ok);
  });
});

describe("W14 the owner's door", () => {
  const head = `POST /api/runs/${RUN}/pause HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;

  it("takes no body above its limit, told or endless, and no other kind of content", async (t) => {
    const { socket, client } = await doorWith(t, { "runs.pause": async () => good({ run: RUN }) });
    const huge = `${"x".repeat(1024 * 1024)}`;
    const chunk = `${huge.length.toString(16)}\r\n${huge}\r\n`;
    const endless = `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(BODY_BYTES_MAX / huge.length + 1)}`;
    assert.match(await rawly(socket, endless), /^HTTP\/1.1 413 [\s\S]*E_TOO_LARGE/);
    const form = head.replace("application/json", "text/plain");
    assert.match(await rawly(socket, `${form}content-length: 2\r\n\r\n{}`), /^HTTP\/1.1 415 /);
    const wide = `GET /api/owner HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`;
    assert.match(await rawly(socket, wide), /^HTTP\/1.1 431 /);
    assert.match(
      await rawly(socket, `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`),
      /^HTTP\/1.1 400 /,
    );
    assert.match(await rawly(socket, "nonsense\r\n\r\n"), /^HTTP\/1.1 400 /);
    assert.match(await rawly(socket, `${head}content-length: 2\r\n\r\n{}`), /^HTTP\/1.1 200 OK/);
    assert.ok((await client.call("owner.show", {})).ok);
  });
});
