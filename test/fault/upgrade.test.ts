/** decapod is brought to a new version while runs are open in every state. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Entry } from "../../src/core/event.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { MIGRATIONS } from "../../src/host/embedded/schema.sql.ts";
import type { HeldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { checkJournal, type HostRig } from "../suites/host/bench.ts";
import { engineRig, type StoreSource } from "../support/engine-rig.ts";
import { bringToEnd, ENDED, makeEveryState, statesFound } from "../support/every-state.ts";
import { opened, optionsFor, snapshot, temporaryFolder } from "../support/journal.ts";

/** A version to come: its tables are not those of today. */
const NEXT = [...MIGRATIONS, "create table notes(number integer primary key, text text not null) strict"];

/** Made by `makeEveryState` with decapod as it was on that day. */
const KEPT = join(import.meta.dirname, "../histories/every-state-2026-11-29.db.gz");

/** The engine of a version: the first to open the folder, then, after its death, the next one. */
function versions(folder: string, migrations: readonly (readonly string[])[]): StoreSource {
  const left = [...migrations];
  return {
    open: (clock: HeldClock) => opened(folder, { clock, migrations: left.shift() ?? NEXT }),
    rebuild: () => {},
    end: () => {},
  };
}

function entriesOf(rig: HostRig): ReadonlyMap<string, readonly Entry[]> {
  const rows = rig.host.list({ parent: null, limit: 1000 });
  return new Map(rows.map(({ run }) => [run, rig.entries(run)]));
}

async function endsWell(rig: HostRig): Promise<void> {
  const before = entriesOf(rig);
  const states = statesFound(rig);
  for (const [label, state] of Object.entries(states))
    assert.ok(label.startsWith(state), `the run left ${label} is found ${state}`);
  await bringToEnd(rig);
  for (const { run, status, label } of rig.host.list({ parent: null, limit: 1000 })) {
    const kept = before.get(run) ?? [];
    assert.deepEqual(rig.entries(run).slice(0, kept.length), kept, `${label}: what was written stands`);
    if (!ENDED.has(String(label))) assert.equal(status, "success", String(label));
    else
      assert.deepEqual(
        [status, rig.entries(run).length],
        [label, kept.length],
        "what has ended is left alone",
      );
  }
  checkJournal(rig);
}

describe("F52: an upgrade in flight", () => {
  it("F52 U2: a run in each state goes on under the new version, and the old one refuses the journal then", async () => {
    using folder = temporaryFolder();
    const old = await engineRig(versions(folder.path, [MIGRATIONS, NEXT]));
    await makeEveryState(old);
    const now = await old.crash();
    await endsWell(now);
    await now.close();
    const before = snapshot(folder.path);
    const refused = openJournal(optionsFor(folder.path));
    assert.equal(refused.ok ? "" : refused.problems[0]?.code, "E_NEWER_JOURNAL");
    const after = snapshot(folder.path);
    for (const part of ["database", "log", "mark"] as const)
      assert.equal(Buffer.compare(after[part], before[part]), 0, `refused, and its ${part} not touched`);
  });

  it("F52: so does one in each state that an earlier version left", async () => {
    using folder = temporaryFolder();
    realFiles.makeFolder(folder.path);
    writeFileSync(join(folder.path, "decapod.db"), gunzipSync(readFileSync(KEPT)));
    const rig = await engineRig(versions(folder.path, [MIGRATIONS]));
    assert.equal(Object.keys(statesFound(rig)).length, 18);
    await endsWell(rig);
    await rig.close();
  });
});
