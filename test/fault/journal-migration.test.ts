/** Journals of other versions, and a process that dies in the middle of a migration. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "../../src/host/embedded/database.ts";
import { migrateJournal } from "../../src/host/embedded/keeping/schema.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import { openReader } from "../../src/host/embedded/reader.ts";
import { MIGRATIONS } from "../../src/host/embedded/schema.sql.ts";
import { verifyJournal } from "../../src/host/embedded/verify.ts";
import { heldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { dyingConnect } from "../support/dying-connect.ts";
import {
  fill,
  lay,
  opened,
  optionsFor,
  pickCounts,
  RUN,
  snapshot,
  temporaryFolder,
} from "../support/journal.ts";

const NEXT = [
  ...MIGRATIONS,
  "create table notes(number integer primary key, text text not null) strict; insert into notes select number, run from journals; create index notes_text on notes(text);",
  "create table third(number integer primary key) strict",
];

function versionOf(folder: string): number {
  const database = connect(join(folder, "decapod.db"), { readOnly: true });
  try {
    return Number(database.prepare("pragma user_version").get()?.[0]);
  } finally {
    database.close();
  }
}

describe("F52: versions", () => {
  it("U2: a journal of a newer version is refused and left untouched, byte for byte", async () => {
    using folder = temporaryFolder();
    const live = join(folder.path, "live");
    const journal = opened(live, { migrations: NEXT, clock: heldClock() });
    fill(journal, 1, 20);
    const hot = snapshot(live);
    await journal.close();
    for (const [what, image] of [
      ["closed", snapshot(live)],
      ["killed", hot],
    ] as const) {
      const there = join(folder.path, what);
      lay(there, image);
      for (let attempt = 0; attempt < 2; attempt++) {
        const result = openJournal(optionsFor(there));
        assert.ok(!result.ok);
        assert.equal(result.problems[0]?.code, "E_NEWER_JOURNAL");
        const read = openReader(there, realFiles);
        assert.ok(!read.ok);
        assert.equal(read.problems[0]?.code, "E_NEWER_JOURNAL");
        const after = snapshot(there);
        for (const part of ["database", "log", "mark"] as const) {
          assert.equal(Buffer.compare(after[part], image[part]), 0, `${what}: ${part}`);
        }
      }
    }
  });

  it("U2: a run under newer engine rules is refused the same way", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    fill(journal, 1, 2);
    await journal.close();
    const database = connect(join(folder.path, "decapod.db"), { readOnly: false });
    database.exec("update meta set value = '2' where name = 'rules'");
    database.close();
    const result = openJournal(optionsFor(folder.path));
    assert.ok(!result.ok);
    assert.equal(result.problems[0]?.code, "E_NEWER_JOURNAL");
  });

  it("an older journal is brought to this version, a copy of the old one is kept, and the way back is refused", async () => {
    using folder = temporaryFolder();
    const old = opened(folder.path);
    fill(old, 1, 20);
    const entries = old.entries(RUN);
    await old.close();
    const journal = opened(folder.path, { migrations: NEXT });
    assert.deepEqual(journal.entries(RUN), entries);
    fill(journal, 21, 1);
    await journal.close();
    assert.equal(versionOf(folder.path), 3);
    assert.ok(!openJournal(optionsFor(folder.path)).ok);
    const copy = join(folder.path, "copy");
    realFiles.makeFolder(copy);
    cpSync(join(folder.path, "decapod-schema-1.db"), join(copy, "decapod.db"));
    assert.equal(versionOf(copy), 1);
    const database = connect(join(copy, "decapod.db"), { readOnly: true });
    assert.equal(database.prepare("select count(*) from entries").get()?.[0], 20);
    database.close();
    assert.equal(realFiles.stat(join(folder.path, "decapod-schema-1.db"))?.mode, 0o600);
  });
});

describe("db migrate", () => {
  it("says from where to where, where the old journal lies, and does nothing twice", async () => {
    using folder = temporaryFolder();
    const options = optionsFor(folder.path, { migrations: NEXT });
    assert.deepEqual(await migrateJournal(options), { ok: true, value: null });
    const old = opened(folder.path);
    fill(old, 1, 20);
    await old.close();
    const copy = join(folder.path, "decapod-schema-1.db");
    assert.deepEqual(await migrateJournal(options), { ok: true, value: { from: 1, to: 3, copy } });
    assert.ok(existsSync(copy));
    assert.deepEqual(await migrateJournal(options), { ok: true, value: { from: 3, to: 3, copy: null } });
    const newer = await migrateJournal(optionsFor(folder.path));
    assert.equal(newer.ok ? "" : newer.problems[0]?.code, "E_NEWER_JOURNAL");
    const database = connect(join(folder.path, "decapod.db"), { readOnly: true });
    assert.deepEqual(database.prepare("select action, detail from audit").all(), [
      ["journal.migrated", "schema 1 to 3"],
    ]);
    database.close();
  });
});

describe("F53: a process that dies while it migrates", () => {
  it("leaves the old schema or a finished step, the copy first, and the next start goes on", async (context) => {
    using folder = temporaryFolder();
    const first = join(folder.path, "first");
    const old = opened(first);
    fill(old, 1, 20);
    const entries = old.entries(RUN);
    await old.close();
    const stride = pickCounts({ commit: 3, ci: 1, soak: 1 });
    const versions = new Set<number>();
    let calls = 0;
    for (let n = 1; ; n += stride) {
      const live = join(folder.path, `live-${n}`);
      const image = join(folder.path, `image-${n}`);
      cpSync(first, live, { recursive: true });
      const death = dyingConnect(n, () =>
        cpSync(live, image, { recursive: true, filter: (path) => !path.endsWith("-shm") }),
      );
      const result = openJournal(optionsFor(live, { connect: death, migrations: NEXT, clock: heldClock() }));
      if (result.ok) await result.value.close();
      if (!existsSync(image)) break;
      calls = n;
      const version = versionOf(image);
      versions.add(version);
      const copies = readdirSync(image).filter((name) => name === "decapod-schema-1.db");
      assert.ok(version === 1 || copies.length === 1, `call ${n}: version ${version} without its copy`);
      const again = opened(image, { migrations: NEXT });
      assert.deepEqual(again.entries(RUN), entries, `call ${n}`);
      fill(again, 21, 1);
      await again.close();
      assert.equal(versionOf(image), 3, `call ${n}`);
      for (const path of [live, image]) realFiles.removeTree(path);
    }
    context.diagnostic(`${calls} calls; versions found: ${[...versions].sort().join(", ")}`);
    assert.ok(versions.has(1) && versions.has(2) && versions.has(3));
  });

  it("a new journal whose making was cut short is made again", async () => {
    using folder = temporaryFolder();
    const stride = pickCounts({ commit: 3, ci: 1, soak: 1 });
    for (let n = 1; ; n += stride) {
      const live = join(folder.path, `live-${n}`);
      const image = join(folder.path, `image-${n}`);
      const death = dyingConnect(n, () =>
        cpSync(live, image, { recursive: true, filter: (path) => !path.endsWith("-shm") }),
      );
      const result = openJournal(optionsFor(live, { connect: death, clock: heldClock() }));
      if (result.ok) await result.value.close();
      if (!existsSync(image)) break;
      const again = opened(image);
      fill(again, 1, 3);
      await again.close();
      assert.deepEqual(verifyJournal(image, realFiles).damage, [], `call ${n}`);
    }
  });
});
