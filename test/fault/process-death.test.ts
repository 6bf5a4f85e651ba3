import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { startSpawnHost } from "../../src/driver/spawn-host.ts";
import type { HostSettings } from "../../src/driver/spawn-host-frames.ts";
import { realProcessTable } from "../../src/port/process-table.ts";
import {
  childProgram,
  goneProcess,
  idIn,
  numberIn,
  processRoom,
  temporaryFolder,
  until,
  watch,
} from "../support/processes.ts";

interface Engine {
  readonly folder: string;
  /** The words after the first line that begins so. */
  said(begin: string): Promise<readonly string[]>;
  kill(): Promise<void>;
  /** Settled at its death. */
  readonly died: Promise<void>;
}

interface EnginePlan {
  readonly whenEngineDies?: "stay" | "end";
  readonly attempts: (
    folder: string,
  ) => readonly { readonly name: string; readonly argv: readonly string[] }[];
}

const FOREIGN = 203;

/** Started by a careless parent that leaves a descriptor open. */
function startEngine(t: TestContext, { whenEngineDies = "stay", attempts }: EnginePlan): Engine {
  const folder = temporaryFolder(t);
  const plan = { folder, whenEngineDies, graceMs: 100, attempts: attempts(folder) };
  const script = `exec "$0" "$@" ${FOREIGN}< /dev/null`;
  const words = ["-c", script, process.execPath, childProgram("engine.ts"), JSON.stringify(plan)];
  const child: ChildProcess = spawn("/bin/bash", words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const waiting = new Map<string, (words: readonly string[]) => void>();
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on("line", (line) => {
    lines.push(line);
    for (const [begin, resolve] of waiting) if (line.startsWith(begin)) resolve(line.split(" "));
  });
  const died = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const kill = () => {
    child.kill("SIGKILL");
    return died;
  };
  t.after(kill);
  const said = (begin: string) =>
    new Promise<readonly string[]>((resolve) => {
      const line = lines.find((one) => one.startsWith(begin));
      if (line === undefined) waiting.set(begin, resolve);
      else resolve(line.split(" "));
    });
  return { folder, said, kill, died };
}

/** What the next engine on the same folder learns of an attempt. */
function nextEngine(t: TestContext, folder: string, options: Partial<HostSettings> = {}) {
  const host = startSpawnHost({
    ...options,
    exitLog: join(folder, "exits.jsonl"),
    pipeFolder: folder,
    graceMs: 100,
    sweepMs: 50,
    drainMs: 300,
  });
  t.after(() => host.close());
  return {
    host,
    reattach: (name: string) =>
      watch((listener) =>
        host.reattach({ id: idIn(folder, name), logPath: join(folder, `${name}.log`) }, listener),
      ),
  };
}

describe("when the engine is killed", () => {
  it("children go on, their exits are recorded, and the next engine settles them by the record", async (t) => {
    const engine = startEngine(t, {
      attempts: (folder) => [{ name: "one", argv: [childProgram("gated.sh"), join(folder, "gate"), "7"] }],
    });
    const pid = Number((await engine.said("started one"))[2]);
    const hostPid = Number((await engine.said("host"))[1]);
    await engine.kill();
    assert.ok(realProcessTable.row(pid) !== null);
    writeFileSync(join(engine.folder, "gate"), "");
    await goneProcess(hostPid);
    assert.deepEqual(
      readdirSync(engine.folder).filter((name) => name.startsWith("pipes-")),
      [],
    );
    const { end } = await nextEngine(t, engine.folder).reattach("one").seen;
    assert.ok(end.kind === "exit");
    assert.deepEqual([end.code, end.reason, end.stdout], [7, null, "before\nafter\n"]);
    assert.equal(readFileSync(join(engine.folder, "one.log"), "utf8"), "before\nafter\n");
  });

  it("a next engine adopts what still runs and hears of its end", async (t) => {
    const engine = startEngine(t, {
      attempts: (folder) => [{ name: "one", argv: [childProgram("gated.sh"), join(folder, "gate"), "0"] }],
    });
    const pid = Number((await engine.said("started one"))[2]);
    await engine.kill();
    const adopted = nextEngine(t, engine.folder).reattach("one");
    assert.equal(await adopted.started, pid);
    await adopted.line("before");
    writeFileSync(join(engine.folder, "gate"), "");
    const { end } = await adopted.seen;
    assert.ok(end.kind === "exit");
    assert.deepEqual([end.code, end.stdout], [0, "before\nafter\n"]);
  });

  it("F31: a next engine is told of the silence of what it adopted", async (t) => {
    const engine = startEngine(t, {
      attempts: (folder) => [{ name: "one", argv: [childProgram("gated.sh"), join(folder, "gate"), "0"] }],
    });
    await engine.said("started one");
    await until(() => existsSync(join(engine.folder, "one.log")), "its first line");
    await engine.kill();
    const adopted = nextEngine(t, engine.folder, { quietMs: 1 }).reattach("one");
    assert.ok((await adopted.silence) >= 1);
    writeFileSync(join(engine.folder, "gate"), "");
    const { end } = await adopted.seen;
    assert.ok(end.kind === "exit" && end.stdout === "before\nafter\n");
  });

  it("a next engine can end what it adopted, with all it left", async (t) => {
    const engine = startEngine(t, {
      attempts: (folder) => [{ name: "one", argv: [childProgram("orphan.sh"), join(folder, "pid"), "3600"] }],
    });
    const orphan = await numberIn(join(engine.folder, "pid"));
    await engine.kill();
    const adopted = nextEngine(t, engine.folder).reattach("one");
    await adopted.started;
    adopted.process.end("cancelled", false);
    const { end } = await adopted.seen;
    assert.ok(end.kind === "exit");
    assert.deepEqual([end.signal, end.reason], ["SIGTERM", "cancelled"]);
    await goneProcess(orphan);
  });

  it("F25: children end with it when told so, grandchildren in other sessions too", async (t) => {
    const engine = startEngine(t, {
      whenEngineDies: "end",
      attempts: (folder) => [
        { name: "one", argv: [childProgram("orphan.sh"), join(folder, "pid"), "3600"] },
        { name: "two", argv: [childProgram("stubborn.sh"), join(folder, "pid2")] },
      ],
    });
    const pids = [await numberIn(join(engine.folder, "pid")), await numberIn(join(engine.folder, "pid2"))];
    const hostPid = Number((await engine.said("host"))[1]);
    await engine.kill();
    await goneProcess(hostPid);
    for (const pid of pids) assert.equal(realProcessTable.row(pid), null);
    const { end } = await nextEngine(t, engine.folder).reattach("two").seen;
    assert.ok(end.kind === "exit" && end.reason === "engine_died");
  });

  it("C7: what its own parent left open reaches no child", async (t) => {
    const engine = startEngine(t, { attempts: () => [{ name: "one", argv: ["/bin/ls", "/proc/self/fd"] }] });
    await engine.said("ended one");
    assert.equal(readFileSync(join(engine.folder, "one.log"), "utf8"), "0\n1\n2\n3\n");
  });
});

describe("when the engine and its host are killed", () => {
  it("F25: the next engine calls the attempt lost and ends what it left, by token and start time", async (t) => {
    const engine = startEngine(t, {
      attempts: (folder) => [{ name: "one", argv: [childProgram("orphan.sh"), join(folder, "pid"), "3600"] }],
    });
    const orphan = await numberIn(join(engine.folder, "pid"));
    const pid = Number((await engine.said("started one"))[2]);
    process.kill(Number((await engine.said("host"))[1]), "SIGSTOP");
    await engine.kill();
    process.kill(Number((await engine.said("host"))[1]), "SIGKILL");
    await goneProcess(Number((await engine.said("host"))[1]));
    const { end } = await nextEngine(t, engine.folder).reattach("one").seen;
    assert.equal(end.kind, "lost");
    for (const left of [orphan, pid]) assert.equal(realProcessTable.row(left), null);
  });

  it("F25: attempts nobody follows any more are reaped by their token alone", async (t) => {
    const room = processRoom(t);
    const bystander = room.start(room.request("bystander", ["/bin/sleep", "3600"]));
    const child = spawn("/bin/sleep", ["3600"], {
      env: { DECAPOD_ATTEMPT: idIn(room.folder, "never") },
      detached: true,
    });
    const exited = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
    await room.host.reap([idIn(room.folder, "never"), idIn(room.folder, "other")]);
    assert.equal(await exited, "SIGKILL");
    assert.ok(realProcessTable.row(await bystander.started) !== null);
  });
});

/** Ends the engine and the host that started it before anything of it can be on record, as far as it is quick enough. */
const QUICK_POISON =
  'echo tried >> tried; read -r _ _ _ engine _ < /proc/$PPID/stat; kill -9 "$engine" $PPID; exec sleep 3600';

describe("F51: when a task kills the engine and its host at once", () => {
  it("it is lost, however little of it is on record; what never came to a host has not begun", async (t) => {
    const engine = startEngine(t, {
      attempts: () => [{ name: "one", argv: ["/bin/sh", "-c", QUICK_POISON] }],
    });
    const log = join(engine.folder, "exits.jsonl");
    await engine.died;
    const next = nextEngine(t, engine.folder);
    const { end } = await next.reattach("one").seen;
    assert.ok(end.kind === "lost" && end.neverBegan === false, readFileSync(log, "utf8"));
    const other = (await next.reattach("other").seen).end;
    assert.ok(other.kind === "lost" && other.neverBegan === true);
  });
});

describe("when a host is killed", () => {
  it("its attempts are lost and their processes ended; the next start has a new host", async (t) => {
    const room = processRoom(t);
    await room.host.ready;
    const path = join(room.folder, "pid");
    const run = room.start(room.request("one", [childProgram("orphan.sh"), path, "3600"]));
    const orphan = await numberIn(path);
    const [hostPid] = room.host.hosts();
    process.kill(hostPid as number, "SIGKILL");
    const { end, pid } = await run.seen;
    assert.ok(end.kind === "lost");
    assert.deepEqual(end.notes, ["the process that started it died"]);
    for (const left of [orphan, pid]) assert.equal(realProcessTable.row(left), null);
    const next = await room.start(room.request("two", ["/bin/echo", "again"])).seen;
    assert.ok(next.end.kind === "exit" && next.end.stdout === "again\n");
  });
});

describe("hosts", () => {
  it("are two when four children are wanted at once, and share them", async (t) => {
    const room = processRoom(t, { cores: 2 });
    await room.host.ready;
    const runs = ["a", "b", "c", "d"].map((id) => room.start(room.request(id, ["/bin/sleep", "3600"])));
    await until(() => room.host.hosts().length === 2, "a second host");
    const late = ["e", "f", "g", "h"].map((id) => room.start(room.request(id, ["/bin/sleep", "3600"])));
    const parents = (await Promise.all([...runs, ...late].map((run) => run.started))).map(
      (pid) => realProcessTable.row(pid)?.parent,
    );
    assert.deepEqual(new Set(parents), new Set(room.host.hosts()));
    assert.deepEqual(
      room.host.hosts().map((host) => parents.filter((parent) => parent === host).length),
      [4, 4],
    );
    const [first, second] = room.host.hosts();
    process.kill(first as number, "SIGKILL");
    await Promise.all(runs.map((run) => run.seen));
    assert.deepEqual(room.host.hosts(), [second]);
    room.host.endAll("shutdown", true);
    for (const run of late) assert.ok((await run.seen).end.kind === "exit");
  });

  it("are not moved by signals of a terminal", async (t) => {
    const room = processRoom(t);
    await room.host.ready;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.kill(room.host.hosts()[0] as number, signal);
    const { end } = await room.start(room.request("one", ["/bin/echo", "here"])).seen;
    assert.ok(end.kind === "exit" && end.stdout === "here\n");
  });

  it("leave when the engine lets go of them, and not before their last child has ended", async (t) => {
    const room = processRoom(t);
    const gate = join(room.folder, "gate");
    const run = room.start(room.request("one", [childProgram("gated.sh"), gate, "0"]));
    await run.started;
    const [hostPid] = room.host.hosts() as [number];
    await room.host.close();
    assert.ok(realProcessTable.row(hostPid) !== null);
    writeFileSync(gate, "");
    await goneProcess(hostPid);
    assert.match(
      readFileSync(join(room.folder, "exits.jsonl"), "utf8"),
      /"kind":"exit","id":"[^"]*one[^"]*","code":0/,
    );
  });

  it("forget the exits of settled attempts when told so", async (t) => {
    const room = processRoom(t);
    await room.start(room.request("one", ["/bin/true"])).seen;
    room.host.forgetExits();
    assert.equal(readFileSync(join(room.folder, "exits.jsonl"), "utf8"), "");
    await room.start(room.request("two", ["/bin/true"])).seen;
    const { end } = await watch((listener) =>
      room.host.reattach({ id: idIn(room.folder, "one"), logPath: room.folder }, listener),
    ).seen;
    assert.equal(end.kind, "lost");
  });
});
