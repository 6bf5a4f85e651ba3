import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as listenAt } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { heldClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { openSocket, SOCKET_FILE, SOCKET_PATH_BYTES_MAX } from "./socket.ts";

/** A state folder whose socket's path has so many bytes, and a runtime folder beside it. */
function places(t: TestContext, bytes: number | null = null) {
  const base = temporaryFolder(t);
  const runtime = join(base, "run");
  const deep = bytes === null ? 5 : bytes - Buffer.byteLength(join(base, "x", SOCKET_FILE)) + 1;
  const stateFolder = join(base, "s".repeat(deep));
  for (const folder of [runtime, stateFolder]) mkdirSync(folder, { mode: 0o700 });
  return { stateFolder, runtime, environment: { XDG_RUNTIME_DIR: runtime }, files: realFiles };
}

async function open(t: TestContext, place: ReturnType<typeof places>) {
  const server = createServer((_, response) => response.end("here"));
  const clock = heldClock();
  const moves: string[] = [];
  const opened = await openSocket(server, place, { clock, moved: (path) => moves.push(path) });
  assert.ok(opened.ok, JSON.stringify(opened));
  t.after(() => opened.value.close());
  return { socket: opened.value, clock, moves, server };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe("the owner's socket", () => {
  it("O8 lies 0600 in the state folder, and is gone when it is closed", async (t) => {
    const place = places(t);
    const { socket } = await open(t, place);
    assert.equal(socket.path, join(place.stateFolder, SOCKET_FILE));
    assert.equal(lstatSync(socket.path).mode & 0o777, 0o600);
    await socket.close();
    assert.equal(lstatSync(socket.path, { throwIfNoEntry: false }), undefined);
  });

  it(`lies there with a path of ${SOCKET_PATH_BYTES_MAX} bytes, and above in a folder of 0700 of the user's own`, async (t) => {
    const fits = places(t, SOCKET_PATH_BYTES_MAX);
    assert.equal((await open(t, fits)).socket.path, join(fits.stateFolder, SOCKET_FILE));
    const long = places(t, SOCKET_PATH_BYTES_MAX + 1);
    const { socket } = await open(t, long);
    const folder = join(long.runtime, "decapod");
    assert.ok(socket.path.startsWith(`${folder}/`), socket.path);
    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    assert.equal(lstatSync(socket.path).mode & 0o777, 0o600);
    assert.ok(await answers(socket.path));
  });

  it("does not use a folder that others could look into", async (t) => {
    const place = places(t, SOCKET_PATH_BYTES_MAX + 1);
    const folder = join(place.runtime, "decapod");
    mkdirSync(folder);
    realFiles.setMode(folder, 0o755);
    const home = join(place.runtime, "home");
    mkdirSync(home);
    const environment = { ...place.environment, HOME: home };
    const { socket } = await open(t, { ...place, environment });
    assert.ok(socket.path.startsWith(join(home, ".cache", "decapod")), socket.path);
  });

  it("takes the place of a socket that a dead owner left", async (t) => {
    const place = places(t);
    const path = join(place.stateFolder, SOCKET_FILE);
    const dead = listenAt();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    const copy = join(place.stateFolder, "kept");
    realFiles.hardLink(path, copy);
    await new Promise<void>((resolve) => dead.close(() => resolve()));
    realFiles.rename(copy, path);
    assert.equal(await answers(path), false);
    assert.equal((await open(t, place)).socket.path, path);
    assert.ok(await answers(path));
  });

  it("F64 leaves alone what else is at its place, and is opened elsewhere", async (t) => {
    const path = (place: ReturnType<typeof places>) => join(place.stateFolder, SOCKET_FILE);
    const file = places(t);
    writeFileSync(path(file), "mine");
    assert.ok((await open(t, file)).socket.path.startsWith(file.runtime));
    assert.equal(readFileSync(path(file), "utf8"), "mine");
    const folder = places(t);
    mkdirSync(path(folder));
    assert.ok((await open(t, folder)).socket.path.startsWith(folder.runtime));
    const busy = places(t);
    const other = listenAt();
    await new Promise<void>((resolve) => other.listen(path(busy), resolve));
    t.after(() => other.close());
    assert.ok((await open(t, busy)).socket.path.startsWith(busy.runtime));
    assert.ok(await answers(path(busy)));
  });

  it("F23 is opened again when its file has gone, and those who are connected stay so", async (t) => {
    const place = places(t);
    const { socket, clock, moves, server } = await open(t, place);
    const connected = new Promise<void>((resolve) => server.once("connection", () => resolve()));
    const client = connect(socket.path);
    t.after(() => client.destroy());
    await connected;
    rmSync(socket.path);
    const listening = new Promise<void>((resolve) => server.once("listening", resolve));
    clock.advance(2_500);
    await listening;
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.deepEqual(moves, [socket.path]);
    assert.ok(await answers(socket.path));
    client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const [text] = await new Promise<[Buffer]>((resolve) => client.once("data", (data) => resolve([data])));
    assert.match(text.toString(), /200 OK/);
  });
});
