import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeContext } from "../../src/cli/context.ts";
import { Follower, type Stop } from "../../src/cli/following/follow.ts";
import { noWatcher, type Watcher } from "../../src/cli/following/watcher.ts";
import { globalsAtOnce } from "../../src/cli/globals.ts";
import { openReader } from "../../src/host/embedded/reader.ts";
import { realFiles } from "../../src/port/files.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { captured, makeApplication } from "../support/command-line.ts";
import { localEngine, startIn, stateFolderIn } from "../support/local-engine.ts";
import { freshFolder } from "./decapod.ts";

/** Follows one run of the script in this process; `change` sees what the watcher is shown. */
async function followed(
  script: string,
  change: (follower: Follower, changes: Parameters<Watcher["changes"]>[0]) => void,
): Promise<Stop | undefined> {
  const folder = freshFolder();
  const { path } = folder;
  const engine = await localEngine(path);
  const stateFolder = stateFolderIn(path);
  const made = makeApplication({ folder: path }, captured(), captured());
  const context = makeContext({ ...made, read: () => openReader(stateFolder, realFiles) }, globalsAtOnce([]));
  const { limits, fanOut, redact, retention } = NO_SETTINGS;
  const config = {
    slots: 4,
    durability: "durable",
    environmentPass: [],
    limits,
    fanOut,
    redact,
    retention,
  } as const;
  const follower: Follower = new Follower({
    context,
    project: { root: path, stateFolder, config },
    engine,
    watcher: { ...noWatcher, changes: (changes) => change(follower, changes) },
    wait: false,
  });
  const id = engine.newRunId();
  follower.expect(id);
  const text = JSON.stringify({
    name: "one",
    tasks: [{ id: "a", agent: "shell", parameters: { run: script } }],
  });
  assert.ok((await startIn(engine, id, text)).ok);
  const stops = await follower.end();
  follower.close();
  await engine.close();
  return stops.get(id);
}

describe("F65 ctrl-C", () => {
  it("that comes with the end of a run finds a run that has ended", async () => {
    const stop = await followed("true", (follower, changes) => {
      if (changes.some(({ after }) => after.phase === "closed")) follower.interrupt("SIGINT");
    });
    assert.deepEqual(stop, { kind: "ended", status: "success" });
  });

  it("that comes before is an interruption, however often it is pressed", async () => {
    const stop = await followed("sleep 60", (follower, changes) => {
      if (changes.some(({ entry }) => entry.event.type === "attempt.started"))
        for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) follower.interrupt(signal);
    });
    assert.deepEqual(stop, { kind: "interrupted", signal: "SIGINT" });
  });
});
