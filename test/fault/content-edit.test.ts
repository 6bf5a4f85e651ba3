/** F3: content-edit dies at each of its side effects, power is lost at each of them, and the real program is killed between two. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import type { Outcome } from "../../src/driver/driver.ts";
import { type Files, realFiles } from "../../src/port/files.ts";
import { freshFolder } from "../e2e/decapod.ts";
import { doneByContentEdit } from "../support/content-edited.ts";
import { LosingFiles } from "../support/losing-files.ts";
import { plainWork } from "../support/plain-work.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-content-fault-"));
after(() => rmSync(root, { recursive: true, force: true }));
let places = 0;

const OLD = "---\nstep: old word\n---\n";
const NEW = "---\nstep: word\n---\n";
const NAMES = ["a.md", "b.md", "c.md"];
// None of them can be made twice: the text that goes is gone, and the new file is there.
const ORDER: JsonMap = {
  files: [
    ...NAMES.map((name) => ({
      path: `content/${name}`,
      edits: [{ replace_text: { find: "old ", with: "" } }],
    })),
    { path: "content/new/d.md", create: true, content: NEW },
  ],
};

class Site {
  readonly path = join(root, String(++places));

  constructor() {
    mkdirSync(join(this.path, "content"), { recursive: true });
    for (const name of NAMES) writeFileSync(join(this.path, "content", name), OLD);
  }

  attempt(number: number, files: Files = realFiles): Promise<Outcome> {
    const folder = join(this.path, "attempts", String(number));
    mkdirSync(folder, { recursive: true });
    const place = { attempt: `r/t/${number}`, number, workspace: this.path, folder, environment: {} };
    return doneByContentEdit(plainWork({ ...place, parameters: ORDER }), files);
  }

  names(): readonly string[] {
    const entries = readdirSync(join(this.path, "content"), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  }

  read(name: string): string | null {
    const path = join(this.path, "content", name);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  }

  checkWhole(told: string): void {
    for (const name of NAMES)
      assert.ok([OLD, NEW].includes(this.read(name) ?? ""), `${told}: half of ${name}`);
    assert.ok([null, NEW].includes(this.read("new/d.md")), `${told}: half of d.md`);
  }

  checkDone(outcome: Outcome, told: string): void {
    assert.equal(outcome.status, "success", `${told}: ${JSON.stringify(outcome)}`);
    const { changed, files } = outcome.output as {
      changed: boolean;
      files: readonly { changed: boolean; diff: string }[];
    };
    assert.ok(
      changed && files.every((file) => file.changed && file.diff !== ""),
      `${told}: ${JSON.stringify(outcome.output)}`,
    );
    assert.deepEqual(this.names(), [...NAMES, "d.md"], told);
    for (const name of [...NAMES, "new/d.md"]) assert.equal(this.read(name), NEW, told);
  }
}

/** After so many changes of the disk nothing of it happens any more, as for a process that was killed. */
function dying(left: number): Files {
  const step = <Args extends readonly unknown[], Result>(call: (...given: Args) => Result) => {
    return (...given: Args): Result => {
      if (left-- <= 0) throw new Error("killed");
      return call(...given);
    };
  };
  const { makeFolder, writeAtomic, rename, remove, setMode, syncFolder, open } = realFiles;
  return {
    ...realFiles,
    makeFolder: step(makeFolder),
    writeAtomic: step(writeAtomic),
    rename: step(rename),
    remove: step(remove),
    setMode: step(setMode),
    syncFolder: step(syncFolder),
    open: (path, mode) => {
      const file = step(open)(path, mode);
      return { ...file, write: step(file.write), syncData: step(file.syncData) };
    },
  };
}

async function died(site: Site, number: number, files: Files): Promise<boolean> {
  try {
    await site.attempt(number, files);
    return false;
  } catch {
    return true;
  }
}

describe("content-edit", () => {
  it("F3 dies at any side effect, and again while it is repeated: no half file, and the repeat completes it", async (t) => {
    let points = 0;
    for (let first = 0; ; first += 1) {
      const site = new Site();
      if (!(await died(site, 1, dying(first)))) break;
      site.checkWhole(`dead after ${first}`);
      // A new engine may give out the same attempt again.
      await died(site, 1 + (first % 2), dying((first * 7) % 23));
      site.checkWhole(`dead after ${first}, then ${(first * 7) % 23}`);
      site.checkDone(await site.attempt(3), `dead after ${first}`);
      points = first;
    }
    t.diagnostic(`${points + 1} points`);
    assert.ok(points > 20, `${points} points`);
  });

  it("F3 power is lost at any side effect, or right after it said that it is done", async () => {
    for (let operations = 1; ; operations += 1) {
      const site = new Site();
      const losing = new LosingFiles(operations);
      const isDead = await died(site, 1, losing.files);
      losing.cut();
      const told = `power off after ${operations}`;
      site.checkWhole(told);
      site.checkDone(await site.attempt(2), told);
      if (!isDead) break;
    }
  });

  it("F3 kill -9 between the renames of hundreds of files: resume completes every one", async (t) => {
    const names = Array.from({ length: 400 }, (_, at) => `p${String(at).padStart(3, "0")}.md`);
    const files = names.map((name) => ({
      path: `content/${name}`,
      edits: [{ replace_text: { find: "old ", with: "" } }],
    }));
    const folder = freshFolder({
      many: JSON.stringify({
        name: "many",
        tasks: [{ id: "a", agent: "content-edit", parameters: { files } }],
      }),
    });
    for (const name of names) folder.write(`content/${name}`, OLD);
    const read = (name: string) => readFileSync(join(folder.path, "content", name), "utf8");
    const running = folder.start("run", "many");
    const watcher = watch(join(folder.path, "content"), (_, name) => {
      if (name === names[0] && read(name) === NEW) running.child.kill("SIGKILL");
    });
    await running.ended;
    watcher.close();
    const done = names.filter((name) => read(name) === NEW).length;
    t.diagnostic(`${done} of ${names.length} had their new text`);
    for (const name of names) assert.ok([OLD, NEW].includes(read(name)), name);
    const resumed = await folder.run("resume", "--json");
    assert.equal(resumed.code, 0, resumed.stderr);
    for (const name of names) assert.equal(read(name), NEW, name);
    assert.deepEqual(readdirSync(join(folder.path, "content")).sort(), names);
    const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
    assert.equal(runs[0].status, "success", resumed.stdout);
  });
});
