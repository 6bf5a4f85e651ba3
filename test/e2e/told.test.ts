/** The whole engine over a disk whose syncs of the mark end when the test says so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LocalEngine } from "../../src/arm/local-engine.ts";
import { MARK_FILE } from "../../src/host/embedded/sidecar.ts";
import { type Files, realFiles } from "../../src/port/files.ts";
import { localEngine, startIn } from "../support/local-engine.ts";
import { freshFolder } from "./decapod.ts";

const CHAIN = `name: chain
tasks:
  - { id: a, agent: shell, parameters: { run: "true" } }
  - { id: b, agent: shell, dependencies: [a], parameters: { run: "true" } }
  - { id: c, agent: shell, dependencies: [b], parameters: { run: "true" } }
`;

/** Syncs of the mark pass while the gate is open. */
class Gate {
  #isOpen = true;
  #waiting: ((error: Error | null) => void)[] = [];

  close(): void {
    this.#isOpen = false;
  }

  open(error: Error | null = null): void {
    this.#isOpen = true;
    for (const end of this.#waiting.splice(0)) end(error);
  }

  get files(): Files {
    const pass = () =>
      new Promise<void>((resolve, reject) => {
        const end = (error: Error | null) => (error === null ? resolve() : reject(error));
        if (this.#isOpen) end(null);
        else this.#waiting.push(end);
      });
    return {
      ...realFiles,
      open: (path, mode) => {
        const file = realFiles.open(path, mode);
        if (!path.endsWith(MARK_FILE)) return file;
        return { ...file, syncDataLater: () => pass().then(() => file.syncDataLater()) };
      },
    };
  }
}

function engineOn(gate: Gate): Promise<LocalEngine> {
  const folder = freshFolder();
  return localEngine(folder.path, gate.files);
}

/** Starts the chain, closes the gate at once, and waits for the run's end in the journal. */
async function runBehind(gate: Gate, engine: LocalEngine): Promise<readonly string[]> {
  const told: string[] = [];
  engine.observe((changes) => told.push(...changes.map(({ entry }) => entry.event.type)));
  const run = engine.newRunId();
  const started = await startIn(engine, run, CHAIN);
  gate.close();
  assert.ok(started.ok);
  const { signal } = new AbortController();
  assert.equal(await engine.host.ended(run, { untilWaiting: false }, signal), "success");
  return told;
}

describe("what is told", () => {
  it("stands on the disk before, and the run does not wait for that", async () => {
    const gate = new Gate();
    const engine = await engineOn(gate);
    const told = await runBehind(gate, engine);
    assert.ok(!told.includes("attempt.ended"), told.join(" "));
    gate.open();
    await engine.told();
    assert.equal(told.filter((type) => type === "attempt.ended").length, 3);
    await engine.close();
  });

  it("F8: is nothing of what a failed sync left uncertain; the journal's fault is named", async () => {
    const gate = new Gate();
    const engine = await engineOn(gate);
    const told = await runBehind(gate, engine);
    gate.open(Object.assign(new Error("the disk is gone"), { code: "EIO" }));
    await engine.told();
    assert.ok(!told.includes("attempt.ended"), told.join(" "));
    assert.equal(engine.fault?.code, "E_IO");
    await engine.close();
  });
});
