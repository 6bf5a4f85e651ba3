import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { startOf } from "../../../test/support/decider.ts";
import { engineOver, KeptOutputs, linkAnew, steadyClock, turns } from "../../../test/support/host-rig.ts";
import { journalAt } from "../../../test/support/journal-source.ts";
import { temporaryFolder } from "../../../test/support/processes.ts";
import { goodWorkflow } from "../../../test/support/surroundings.ts";
import type { Change } from "../../core/replay.ts";
import { realFiles } from "../../port/files.ts";
import { Folds } from "./fold.ts";
import { openReader } from "./reader.ts";

const RUN = "01jz8k2m4n5p6q7r8s9t0v1w2x";
const TEXT = `name: three
tasks:
  - { id: a, agent: shell, parameters: { run: "true" } }
  - { id: b, agent: shell, dependencies: [a], parameters: { run: "true" } }
  - { id: c, agent: shell, dependencies: [b], parameters: { run: "true" } }
`;
const OFFER = { name: "arm", freeSlots: 4, pool: "default", labels: [] };

/** An engine over a journal on the disk, and somebody beside it who only reads. */
async function beside(t: TestContext) {
  const folder = temporaryFolder(t);
  const clock = steadyClock();
  const outputs = new KeptOutputs();
  const engine = engineOver({ store: journalAt(folder, clock), clock, outputs, workflows: new Map() });
  t.after(() => engine.close());
  const { workflow, definition } = goodWorkflow(TEXT);
  const seen: Change[] = [];
  engine.observe((changes) => seen.push(...changes));
  const started = await engine.start(RUN, definition, startOf(workflow));
  assert.ok(started.ok);
  const read = openReader(folder, realFiles);
  assert.ok(read.ok && read.value !== null);
  const reader = read.value;
  t.after(() => reader.close());
  const step = async () => {
    const [lease] = await engine.claim(OFFER, new AbortController().signal);
    assert.ok(lease !== undefined);
    const done = { status: "success", exitCode: 0, output: { value: null }, failure: null } as const;
    await engine.result(lease, { ...done, durationMs: 5, usage: null });
    await turns();
  };
  return { folder, engine, seen, step, folds: new Folds(reader, linkAnew(), outputs) };
}

/** A run without what is the same by identity alone. */
const plain = (change: Change) => {
  const { workflow: _, ...after } = change.after;
  return { entry: change.entry, after: JSON.parse(JSON.stringify(after)), isFirst: change.before === null };
};

describe("a run seen through its journal", () => {
  it("changes as it does in the engine that works on it, bit by bit, and nothing is missed or told twice", async (t) => {
    const { seen, step, folds, engine } = await beside(t);
    const told: Change[] = [...folds.look(RUN)];
    assert.deepEqual(folds.look(RUN), []);
    await step();
    told.push(...folds.look(RUN));
    await step();
    await step();
    told.push(...folds.look(RUN));
    assert.deepEqual(told.map(plain), seen.map(plain));
    assert.deepEqual([folds.run(RUN)?.phase, engine.run(RUN)], ["closed", null]);
    for (const [at, { before }] of told.entries())
      assert.equal(before, at === 0 ? null : told[at - 1]?.after);
  });

  it("is there from its first entry on, and not before", async (t) => {
    const { folds } = await beside(t);
    const other = "01jz8k2m4n5p6q7r8s9t0v1w2y";
    assert.deepEqual([folds.look(other), folds.run(other), folds.runs()], [[], null, []]);
    assert.equal(folds.look(RUN)[0]?.entry.sequence, 1);
    assert.deepEqual(
      folds.runs().map(({ id }) => id),
      [RUN],
    );
  });

  it("is damage when an entry is not the one that followed what was seen", async (t) => {
    const { folder, step, folds } = await beside(t);
    folds.look(RUN);
    await step();
    const database = new DatabaseSync(join(folder, "decapod.db"));
    database.exec("update entries set text = replace(text, '\"a\"', '\"b\"')");
    database.close();
    assert.throws(() => folds.look(RUN), /E_JOURNAL/);
  });
});
