/** What there is to know of attempts beside how they ended, seen by whoever watches. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Progress } from "../../src/cli/application.ts";
import { realFiles } from "../../src/port/files.ts";
import { localEngine, startIn } from "../support/local-engine.ts";
import { childProgram } from "../support/processes.ts";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";

const folders: Folder[] = [];
after(() => {
  for (const folder of folders) folder.remove();
});

function folderWith(workflows: Readonly<Record<string, string>> = {}): Folder {
  const folder = freshFolder(workflows);
  folders.push(folder);
  return folder;
}

describe("an attempt that prints nothing", () => {
  it("F31: is told to whoever watches the engine, with its place and for how long", async (t) => {
    const { path } = folderWith();
    const engine = await localEngine(path, realFiles, { quietMs: 20 });
    t.after(() => engine.close());
    const quiet = Promise.withResolvers<Progress>();
    engine.onProgress((progress) => void (progress.kind === "quiet" && quiet.resolve(progress)));
    const run = engine.newRunId();
    const gate = join(path, "gate");
    const command = JSON.stringify([childProgram("gated.sh"), gate, "0"]);
    const text = `name: one\ntasks: [{ id: a, agent: shell, parameters: { command: ${command} } }]\n`;
    assert.ok((await startIn(engine, run, text)).ok);
    const { kind, quietMs, ...place } = (await quiet.promise) as Progress & { readonly kind: "quiet" };
    assert.deepEqual([kind, place], ["quiet", { run, task: "a", key: null, attempt: 1 }]);
    assert.ok(quietMs >= 20);
    writeFileSync(gate, "");
    const { signal } = new AbortController();
    assert.equal(await engine.host.ended(run, { untilWaiting: false }, signal), "success");
  });
});

const CUT = "standard output has 70000 bytes and is cut";

/** Its output is longer than an output may be, which is a note. */
const LONG = `name: long
tasks:
  - { id: a, agent: shell, parameters: { run: "head -c 70000 /dev/zero | tr '\\\\0' x" } }
`;

async function ran(...words: readonly string[]): Promise<{ readonly folder: Folder; readonly ended: Ended }> {
  const folder = folderWith({ long: LONG });
  const ended = await folder.run("run", "long", ...words);
  assert.equal(ended.code, 0, ended.stderr);
  return { folder, ended };
}

describe("notes of an attempt", () => {
  it("stand behind its line, and in its entry with --jsonl", async () => {
    const { ended } = await ran();
    assert.match(ended.stderr, new RegExp(`^\\S+ \\S+ a success \\S+ note="${CUT}`, "m"));
    const { ended: lines } = await ran("--jsonl");
    const documents = lines.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const end = documents.find(({ event }) => event?.type === "attempt.ended");
    assert.ok(end.event.outcome.notes[0].startsWith(CUT));
  });
});
