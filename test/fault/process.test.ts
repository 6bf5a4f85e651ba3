import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { outcomeOfEnd } from "../../src/driver/process-outcome.ts";
import { type ExitFrame, HOST_DEFAULTS, type ProcessRequest } from "../../src/driver/spawn-host-frames.ts";
import { terminalSink } from "../../src/work/terminal.ts";
import { chance } from "../support/chance.ts";
import { childProgram, goneProcess, numberIn, processRoom, type Seen } from "../support/processes.ts";
import { SCALE } from "../support/scale.ts";

const isCi = SCALE !== "commit";
const sh = (script: string) => ["/bin/sh", "-c", script];

function exitOf({ end }: Seen): ExitFrame {
  assert.equal(end.kind, "exit", JSON.stringify(end));
  return end as ExitFrame;
}

function outcome(seen: Seen, request: ProcessRequest) {
  return outcomeOfEnd(seen.end, { request, successCodes: [0] });
}

describe("a child", () => {
  it("C5: finds no secret of another attempt in its own or its parent's environment", async (t) => {
    const room = processRoom(t);
    const secret = "a-secret-of-another-attempt";
    const script =
      "env; cat /proc/self/environ; tr '\\0' '\\n' < /proc/$PPID/environ; cat /proc/$PPID/cmdline";
    const [one, other] = [
      room.start(room.request("one", sh(script))),
      room.start(
        room.request("other", sh("sleep 0"), { environment: { KEY: secret }, secrets: { KEY: secret } }),
      ),
    ];
    exitOf(await other.seen);
    exitOf(await one.seen);
    const log = room.log("one");
    assert.match(log, /PATH=/);
    assert.ok(!log.includes(secret));
    // Of its parent it sees a PATH and nothing else.
    const names = new Set([...log.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]));
    assert.deepEqual([...names].sort(), ["DECAPOD_ATTEMPT", "PATH", "PWD"]);
  });

  it("C7: has descriptors 0, 1, 2 and no other", async (t) => {
    // One that is inherited by mistake, as a careless parent of decapod would leave it.
    const room = processRoom(t);
    const seen = await room.start(room.request("fds", ["/bin/ls", "-l", "/proc/self/fd"])).seen;
    const numbers = [...(exitOf(seen).stdout ?? "").matchAll(/ (\d+) -> (\S+)/g)].map((match) =>
      match[0].trim(),
    );
    // The last one is the folder that ls itself reads.
    assert.deepEqual(
      numbers.map((text) => text.split(" ")[0]),
      ["0", "1", "2", "3"],
    );
    assert.match(numbers[0] ?? "", /\/dev\/null$/);
    assert.match(numbers[3] ?? "", /\/proc\/\d+\/fd$/);
  });

  it("C8: has no terminal and nothing to read", async (t) => {
    const room = processRoom(t);
    const script = "cat; (echo x > /dev/tty) 2>&1 || echo no terminal; ps -o tty= -p $$ 2>/dev/null || true";
    const seen = await room.start(room.request("tty", sh(script))).seen;
    assert.equal(exitOf(seen).code, 0);
    assert.match(exitOf(seen).stdout ?? "", /no terminal/);
  });

  it("may open its outputs by name, as scripts do", async (t) => {
    const room = processRoom(t);
    const seen = await room.start(room.request("names", sh("echo out > /dev/stdout; echo err > /dev/stderr")))
      .seen;
    assert.deepEqual([exitOf(seen).code, exitOf(seen).stdout, exitOf(seen).lastError], [0, "out\n", "err"]);
  });

  it("O6: a secret in its error output, its exit and its arguments' list is replaced or absent", async (t) => {
    const room = processRoom(t);
    const KEY = "wJalrXUtnFEMI/K7MDENG";
    const script = 'echo "denied for $KEY" >&2; tr "\\0" " " < /proc/$$/cmdline; exit 1';
    const request = room.request("aws", sh(script), { environment: { KEY }, secrets: { KEY } });
    const seen = await room.start(request).seen;
    assert.equal(outcome(seen, request).failure?.message, "exit 1: denied for [redacted:KEY]");
    for (const text of [
      room.log("aws"),
      JSON.stringify(seen),
      readFileSync(join(room.folder, "exits.jsonl"), "utf8"),
    ])
      assert.ok(!text.includes(KEY));
  });

  it("O8: its log is 0600 and its pipes lie in a folder that is 0700", async (t) => {
    const room = processRoom(t);
    const seen = await room.start(room.request("modes", sh("echo x; touch made; umask"))).seen;
    assert.equal(exitOf(seen).stdout, "x\n0022\n");
    assert.equal(statSync(join(room.folder, "modes.log")).mode & 0o777, 0o600);
    assert.equal(statSync(join(room.folder, "exits.jsonl")).mode & 0o777, 0o600);
    assert.equal(statSync(join(room.folder, `pipes-${room.host.hosts()[0]}`)).mode & 0o777, 0o700);
    assert.equal(statSync(join(room.folder, "made")).mode & 0o777, 0o644);
  });

  it("O8: a link planted where its log would be is not followed", async (t) => {
    const room = processRoom(t);
    const target = join(room.folder, "target");
    writeFileSync(target, "");
    const request = room.request("planted", sh("ln -s target planted.log; echo x"));
    const seen = await room.start(request).seen;
    assert.equal(readFileSync(target, "utf8"), "");
    assert.deepEqual(exitOf(seen).notes, ["output could not be kept: ELOOP"]);
  });
});

describe("ending a child", () => {
  it("F24: what ignores TERM gets KILL after the grace, the whole group, and the attempt says so", async (t) => {
    const room = processRoom(t, { graceMs: 200 });
    const path = join(room.folder, "pid");
    const run = room.start(room.request("stubborn", [childProgram("stubborn.sh"), path]));
    await run.line("ready");
    run.process.end("cancelled", false);
    const exit = exitOf(await run.seen);
    assert.deepEqual([exit.signal, exit.reason], ["SIGKILL", "cancelled"]);
    assert.match(exit.notes.join(), /ended by SIGKILL: it ignored SIGTERM for 0\.\d s/);
    await goneProcess(await numberIn(path));
  });

  it("F24: without grace when it must be now, also in the middle of a grace", async (t) => {
    const room = processRoom(t, { graceMs: 3_600_000 });
    const path = join(room.folder, "pid");
    const run = room.start(room.request("now", [childProgram("stubborn.sh"), path]));
    await run.line("ready");
    run.process.end("cancelled", false);
    run.process.end("shutdown", true);
    assert.deepEqual(
      [exitOf(await run.seen).signal, exitOf(await run.seen).reason],
      ["SIGKILL", "cancelled"],
    );
  });

  it("F24: what ends on TERM is not waited for longer than it takes", async (t) => {
    const room = processRoom(t, { graceMs: 3_600_000 });
    const run = room.start(
      room.request("polite", sh("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done")),
    );
    await run.line("ready");
    run.process.end("timeout", false);
    const exit = exitOf(await run.seen);
    assert.deepEqual([exit.code, exit.reason, exit.notes, exit.stdout], [3, "timeout", [], "ready\nbye\n"]);
  });

  it("F25: a grandchild in a session of its own is gone when the attempt was ended", async (t) => {
    const room = processRoom(t, { graceMs: 100 });
    const path = join(room.folder, "pid");
    const run = room.start(room.request("daemon", [childProgram("orphan.sh"), path, "3600"]));
    const pid = await numberIn(path);
    run.process.end("cancelled", false);
    exitOf(await run.seen);
    await goneProcess(pid);
  });

  it("F25: a grandchild that outlives an attempt that succeeded is gone soon after", async (t) => {
    const room = processRoom(t);
    const path = join(room.folder, "pid");
    const seen = await room.start(room.request("left", [childProgram("orphan.sh"), path])).seen;
    assert.equal(exitOf(seen).code, 0);
    await goneProcess(await numberIn(path));
  });

  it("F30, F25: with its own settings an attempt ends, and nothing of it lives, within 5 s of its exit", () => {
    assert.ok(HOST_DEFAULTS.drainMs < 5_000);
    // TERM at the first look, KILL at the second.
    assert.ok(2 * HOST_DEFAULTS.sweepMs < 5_000);
  });

  it("F30: output that a grandchild holds open ends the attempt a little after its exit", async (t) => {
    const room = processRoom(t, { drainMs: 100 });
    const path = join(room.folder, "pid");
    const exit = exitOf(await room.start(room.request("held", [childProgram("holder.sh"), path])).seen);
    assert.deepEqual([exit.code, exit.stdout, exit.notes], [7, "done\n", ["output still open"]]);
    await goneProcess(await numberIn(path));
  });

  it("ends an attempt at its timeout, and says which one", async (t) => {
    const room = processRoom(t);
    const request = room.request("slow", sh("echo begun; exec sleep 3600"), { timeoutMs: 50 });
    const seen = await room.start(request).seen;
    assert.equal(exitOf(seen).reason, "timeout");
    assert.deepEqual(outcome(seen, request).failure, {
      class: "timeout",
      message: "it did not end within its time, 50 ms",
      action: "retry",
    });
  });

  it("F31: silence is told, and ends the attempt at its limit, in its own words", async (t) => {
    const room = processRoom(t, { quietMs: 20 });
    const request = room.request("silent", sh("exec sleep 3600"), { idleTimeoutMs: 80 });
    const seen = await room.start(request).seen;
    assert.ok((seen.quiets[0] ?? 0) >= 20);
    assert.equal(outcome(seen, request).failure?.message, "no output for 80 ms");
  });
});

describe("output", () => {
  it("F28: the log holds every byte as it was, the output is repaired", async (t) => {
    const room = processRoom(t);
    const seen = await room.start(room.request("bytes", sh("printf 'a\\377b\\200\\303'; printf '\\050' >&2")))
      .seen;
    assert.equal(room.log("bytes").replace("(", ""), "a\xffb\x80\xc3");
    assert.equal(exitOf(seen).stdout, "a\ufffdb\ufffd\ufffd");
  });

  it("F28: random bytes and UTF-16 are kept exactly; characters cut in two by the pipe are whole again", async (t) => {
    const room = processRoom(t);
    const random = chance(28);
    const bytes = Buffer.from(Array.from({ length: 20_000 }, () => random.below(256)));
    const utf16 = Buffer.from("größer 👩‍🚀\n", "utf16le");
    writeFileSync(join(room.folder, "random"), bytes);
    writeFileSync(join(room.folder, "utf16"), utf16);
    const printed = await room.start(room.request("random", ["/bin/cat", "random"])).seen;
    assert.equal(Buffer.compare(Buffer.from(room.log("random"), "latin1"), bytes), 0);
    assert.equal(exitOf(printed).stdoutBytes, bytes.length);
    const wide = await room.start(room.request("wide", ["/bin/cat", "utf16"])).seen;
    assert.equal(Buffer.compare(Buffer.from(room.log("wide"), "latin1"), utf16), 0);
    assert.equal(exitOf(wide).stdout, utf16.toString("utf8"));
    const halves = "printf 'gr\\303'; sleep 0.05; printf '\\266\\360\\237'; sleep 0.05; printf '\\221\\251'";
    const split = await room.start(room.request("split", sh(halves))).seen;
    assert.equal(exitOf(split).stdout, "grö👩");
    assert.equal(Buffer.from(room.log("split"), "latin1").toString("utf8"), "grö👩");
  });

  it("F28: output of both streams is kept in order when it comes apart in time", async (t) => {
    const room = processRoom(t);
    const script = "echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three";
    exitOf(await room.start(room.request("order", sh(script))).seen);
    assert.equal(room.log("order"), "one\ntwo\nthree\n");
  });

  const floodBytes = (isCi ? 1_024 : 48) * 1024 * 1024;
  it(`F27: ${isCi ? 8 : 2} floods of ${floodBytes >> 20} MiB leave 10 MiB each, and the host small`, async (t) => {
    const room = processRoom(t);
    const ids = Array.from({ length: isCi ? 8 : 2 }, (_, index) => `flood${index}`);
    const script = `echo first; yes | head -c ${floodBytes}; echo last`;
    const runs = ids.map((id) =>
      room.start(room.request(id, sh(script), { secrets: { KEY: "not in there at all" } })),
    );
    for (const run of runs) assert.equal(exitOf(await run.seen).bytes, floodBytes + 11);
    const leftOut = Math.round((floodBytes + 11 - 10 * 1024 * 1024) / 1_000_000).toLocaleString("en");
    for (const id of ids) {
      const log = room.log(id);
      assert.equal(log.length, 10 * 1024 * 1024 + `\n… ${leftOut} MB left out\n`.length + 2);
      assert.ok(log.startsWith("first\ny\n") && log.endsWith("y\nlast\n"));
      assert.ok(Buffer.from(log, "latin1").toString("utf8").includes(`\n… ${leftOut} MB left out\n`));
      assert.equal(statSync(join(room.folder, `${id}.out`)).size, 65_536);
    }
    const peaks = peaksOf(room);
    t.diagnostic(`resident at most ${peaks.map((peak) => `${Math.round(peak)} MB`).join(", ")}`);
    assert.ok(Math.max(...peaks) < 110 + 64 * (ids.length / peaks.length), String(peaks));
  });

  it("F29: one line without end leaves the log's two ends, shown lines are short and the host small", async (t) => {
    const room = processRoom(t);
    const bytes = isCi ? 300_000_000 : 20_000_000;
    const seen = await room.start(
      room.request("line", sh(`head -c ${bytes} /dev/zero | tr '\\0' x; echo; echo end`)),
    ).seen;
    assert.equal(exitOf(seen).bytes, bytes + 5);
    assert.equal(seen.lines.at(-1), "end");
    assert.ok(Math.max(...seen.lines.map((line) => line.length)) <= 200);
    assert.ok(room.log("line").length < 11 * 1024 * 1024);
    assert.ok(Math.max(...peaksOf(room)) < 110 + 64, peaksOf(room).join(" "));
    // As it is shown: broken into pieces, each behind its prefix.
    const sink = terminalSink({ prefix: "line | " });
    const shown = `${sink.write(Buffer.from(room.log("line"), "latin1"))}${sink.end()}`.split("\n");
    assert.ok(Math.max(...shown.map((line) => line.length)) <= 65_536 + "line | ".length);
    assert.ok(shown.slice(0, -1).every((line) => line.startsWith("line | ")));
  });

  it("a log that cannot be written is a note, not the end of the child", async (t) => {
    const room = processRoom(t);
    const request = { ...room.request("full", sh("echo x; exit 4")), logPath: "/dev/full/x" };
    const exit = exitOf(await room.start(request).seen);
    assert.deepEqual([exit.code, exit.stdout, exit.notes], [4, "x\n", ["output could not be kept: ENOTDIR"]]);
  });

  it("standard input can be a file, or be written by the engine", async (t) => {
    const room = processRoom(t);
    const path = join(room.folder, "brief");
    writeFileSync(path, "the brief\n");
    const fromFile = await room.start(room.request("file", ["/bin/cat"], { input: { path } })).seen;
    assert.equal(exitOf(fromFile).stdout, "the brief\n");
    const written = room.start(room.request("pipe", ["/bin/cat"], { input: "pipe" }));
    written.process.input("one ", false);
    written.process.input("two", true);
    assert.equal(exitOf(await written.seen).stdout, "one two");
  });
});

describe("F33: a start that fails names the command and the PATH", () => {
  const CASES: readonly (readonly [string, string, RegExp, (folder: string) => readonly string[]])[] = [
    ["ENOENT", "program_missing", /"no-such-program" was not found/, () => ["no-such-program"]],
    [
      "EACCES",
      "program_missing",
      /plain" may not be executed \(EACCES\)/,
      (folder) => [fileWith(folder, "plain", "", 0o644)],
    ],
    [
      "a missing interpreter",
      "program_missing",
      /exists, but the interpreter/,
      (folder) => [fileWith(folder, "script", "#!/no/such/one\n", 0o755)],
    ],
    ["E2BIG", "config_error", /too long \(E2BIG\)/, () => ["/bin/true", "x".repeat(200_000)]],
    ["a zero byte", "config_error", /zero byte/, () => ["/bin/true", "a\0b"]],
  ];
  for (const [name, failureClass, message, argv] of CASES) {
    it(name, async (t) => {
      const room = processRoom(t);
      const request = room.request("bad", argv(room.folder));
      const { failure } = outcome(await room.start(request).seen, request);
      assert.equal(failure?.class, failureClass);
      assert.match(failure?.message ?? "", message);
      assert.match(failure?.message ?? "", /PATH is \/usr\/bin:\/bin/);
    });
  }

  it("ETXTBSY is tried again until the writer has let go", async (t) => {
    const room = processRoom(t);
    const path = fileWith(room.folder, "busy", readFileSync("/bin/true"), 0o755);
    const writer = openSync(path, "r+");
    const request = room.request("busy", [path]);
    const run = room.start(request);
    await room.host.ready;
    setImmediate(() => closeSync(writer));
    assert.equal(exitOf(await run.seen).code, 0);
  });

  it("a missing folder is told apart from a missing program", async (t) => {
    const room = processRoom(t);
    const folder = join(room.folder, "gone");
    const request = { ...room.request("bad", ["/bin/true"]), folder };
    const { failure } = outcome(await room.start(request).seen, request);
    assert.equal(failure?.class, "config_error");
    assert.ok(failure.message.includes(`its folder ${folder} does not exist`), failure.message);
  });
});

/** The most memory each host has had, in MiB. */
function peaksOf({ host }: ReturnType<typeof processRoom>): readonly number[] {
  return host
    .hosts()
    .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}

function fileWith(folder: string, name: string, content: string | Uint8Array, mode: number): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content, { mode });
  return join(folder, name);
}
