/** The compiled code that commands leave for the next start: taken when it is whole and ours, and never trusted else. */
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, freshFolder, startIn } from "./decapod.ts";

const ONE = "name: one\ntasks:\n  - { id: a, agent: shell, parameters: { run: 'echo one' } }\n";
const FAILS =
  "name: fails\ntasks:\n  - { id: a, agent: shell, parameters: { run: 'echo > began; until test -e go; do sleep 0.05; done; exit 1' } }\n";
const skip = PROGRAM.at(-1)?.endsWith(".js") ? false : "the sources keep no code";

function caching(...changes: readonly Record<string, string>[]) {
  const folder = freshFolder({ one: ONE, fails: FAILS });
  const base = join(folder.path, "../home/.cache");
  const { NODE_COMPILE_CACHE: _, ...plain } = environmentWith(join(folder.path, "../home"));
  const environment = Object.assign({}, plain, ...changes) as NodeJS.ProcessEnv;
  const cache = join(base, "decapod/compile");
  return {
    ...folder,
    environment,
    cache,
    run: (...words: readonly string[]) => startIn(folder.path, environment, [...PROGRAM, ...words]).ended,
    /** Paths below the cache, without its folders. */
    kept: (below = cache): readonly string[] =>
      readdirSync(below, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort(),
  };
}

/** What a rewritten file cannot keep. */
const stamp = (path: string) => `${statSync(path).ino} ${statSync(path).mtimeMs}`;
const first = ([path]: readonly string[]) => path ?? "";

describe("compiled code", { skip }, () => {
  it("is kept for each command by its first start, readable by its owner alone, and taken by the next", async () => {
    const { run, kept, cache } = caching();
    await run("status");
    const [made = ""] = kept();
    assert.match(made, /\/status\.code$/);
    assert.equal(statSync(made).mode & 0o777, 0o600);
    assert.equal(statSync(cache).mode & 0o777, 0o700);
    const before = stamp(made);
    await run("status");
    // One that V8 had not taken would have been made anew.
    assert.equal(stamp(made), before);
    assert.equal((await run("run", "one")).code, 0);
    assert.deepEqual(
      kept().map((path) => path.replace(/.*\//, "")),
      ["run.code", "status.code"],
    );
  });

  it("is made anew when it is cut short or is something else", async () => {
    const { run, kept } = caching();
    await run("run", "one");
    const path = first(kept());
    const { size } = statSync(path);
    for (const harm of [
      () => truncateSync(path, Math.floor(size / 2)),
      () => truncateSync(path, 0),
      () => writeFileSync(path, '{"isWhole":true,"sizes":[["start.js",-1]]}\n'),
      () => writeFileSync(path, "\u0000\u0001"),
    ]) {
      harm();
      const before = stamp(path);
      const { code, stderr } = await run("run", "one");
      assert.equal(code, 0, stderr);
      assert.notEqual(stamp(path), before);
      assert.ok(statSync(path).size > size / 2);
    }
  });

  it("is not kept of a command that was called wrongly, with options of Node's own, for stacks in the sources, nor when it is switched off", async () => {
    for (const [words, changes] of [
      [["rnu", "one"], {}],
      [["run", "one"], { NODE_OPTIONS: "--max-old-space-size=512" }],
      [["run", "one", "--debug"], {}],
      [["run", "one"], { NODE_DISABLE_COMPILE_CACHE: "1" }],
    ] as const) {
      const { run, kept, cache } = caching(changes);
      mkdirSync(cache, { recursive: true, mode: 0o700 });
      await run(...words);
      assert.deepEqual(kept(), []);
    }
  });

  it("lies nowhere that others can write, and a home that takes nothing costs nothing", async () => {
    const open = caching();
    mkdirSync(open.cache, { recursive: true, mode: 0o700 });
    chmodSync(open.cache, 0o777);
    assert.equal((await open.run("run", "one")).code, 0);
    assert.deepEqual(open.kept(), []);
    const file = caching();
    mkdirSync(join(file.cache, "../.."), { recursive: true });
    writeFileSync(join(file.cache, ".."), "in the way");
    assert.equal((await file.run("run", "one")).code, 0);
  });

  it("is not kept where no folder can be made, nor in whatever folder one stands", async () => {
    for (const home of ["/proc", "home"]) {
      const { path, run } = caching({ HOME: home });
      assert.equal((await run("status")).code, 0);
      assert.ok(!existsSync(join(path, "home/.cache")));
    }
  });

  it("leaves no half on a disk that is full", async () => {
    const { path, environment, kept } = caching();
    const few = ["/bin/sh", "-c", 'ulimit -f 400; exec "$@"', "sh"];
    assert.equal((await startIn(path, environment, [...few, ...PROGRAM, "run", "one"]).ended).code, 0);
    assert.deepEqual(kept(), []);
  });

  it("is none of a file that another build put there while a command ran: lengths alone would not tell them apart", async () => {
    const { path, has, write, environment } = caching();
    const program = join(path, "../dist/main.js");
    cpSync(dirname(PROGRAM.at(-1) ?? ""), dirname(program), { recursive: true });
    const fails = () => startIn(path, environment, [process.execPath, program, "run", "fails"]).ended;
    const late = join(program, "../classify-outcome.js");
    const ours = readFileSync(late, "utf8");
    const [end] = ours.match(/\/\/# sourceMappingURL=[\s\S]*/) ?? [""];
    const theirs = ours.replace(end, "console.error('theirs');\n//".padEnd(end.length - 1).concat("\n"));
    assert.equal(theirs.length, ours.length);
    const running = fails();
    await has("began");
    writeFileSync(late, theirs);
    write("go", "");
    assert.equal((await running).code, 1);
    writeFileSync(late, ours);
    const { code, stderr } = await fails();
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /theirs/);
  });

  it("goes with the builds that are old", async () => {
    const { run, kept, cache } = caching();
    for (let at = 0; at < 6; at += 1) mkdirSync(join(cache, `build-${at}`), { recursive: true, mode: 0o700 });
    chmodSync(cache, 0o700);
    await run("status");
    assert.equal(readdirSync(cache).length, 4);
    assert.match(first(kept()), /\/status\.code$/);
  });
});
