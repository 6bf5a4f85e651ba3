import assert from "node:assert/strict";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, temporaryFolder } from "../../../../test/support/journal.ts";
import type { Problem } from "../../../core/problem.ts";
import type { Change } from "../../../core/replay.ts";
import { heldClock, realClock } from "../../../port/clock.ts";
import { type FileStat, type Files, realFiles } from "../../../port/files.ts";
import { backupsIn } from "../backup.ts";
import type { Journal } from "../journal.ts";
import { bytesText, sizeInTurns, sizeOf } from "./size.ts";
import { type Observed, Upkeep } from "./upkeep.ts";

/** All that is looked at of a change. */
const change = (endedAt: number | null, parent: object | null = null) =>
  ({ after: { endedAt, start: { parent } } }) as unknown as Change;

interface Place {
  readonly journal: Journal;
  readonly backups: string;
  upkeep(files?: Partial<Files>): Listening;
}

async function withPlace(
  body: (place: Place, clock: ReturnType<typeof heldClock>) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const stateFolder = join(folder.path, "state");
  const backups = join(folder.path, "backups");
  const clock = heldClock(Date.now());
  const journal = opened(stateFolder, { clock });
  fill(journal, 1, 20);
  const upkeep = (files: Partial<Files> = {}) =>
    listening(
      (host) => new Upkeep({ files: { ...realFiles, ...files }, clock, stateFolder, backups, journal }, host),
    );
  await body({ journal, backups, upkeep }, clock);
  await journal.close();
}

interface Listening {
  happened(changes: readonly Change[]): void;
  readonly upkeep: Upkeep;
}

/** With a host that says what it is told to. */
function listening(make: (host: Observed) => Upkeep): Listening {
  const listeners: ((changes: readonly Change[]) => void)[] = [];
  const upkeep = make({ observe: (listener) => void listeners.push(listener) });
  return { upkeep, happened: (changes) => listeners.forEach((listener) => void listener(changes)) };
}

async function noticesOf({ upkeep }: Listening): Promise<readonly Problem[]> {
  await upkeep.end();
  return upkeep.notices;
}

const codes = (problems: readonly { readonly code: string; readonly message: string }[]) =>
  problems.map(({ code, message }) => `${code} ${message}`);

describe("upkeep of the journal", () => {
  it("copies it once a run has closed, at most every 5 minutes", () =>
    withPlace(async ({ backups, upkeep }, clock) => {
      const first = upkeep();
      first.happened([change(null), change(7, {})]);
      assert.deepEqual(await noticesOf(first), []);
      assert.equal(backupsIn(realFiles, backups).length, 0, "a child that ends is no end of a run");
      first.happened([change(null), change(7)]);
      first.happened([change(8)]);
      assert.deepEqual(await noticesOf(first), []);
      assert.equal(backupsIn(realFiles, backups).length, 1);
      clock.jumpWall(4 * 60_000);
      const second = upkeep();
      second.happened([change(9)]);
      await second.upkeep.end();
      assert.equal(backupsIn(realFiles, backups).length, 1);
      clock.jumpWall(2 * 60_000);
      const third = upkeep();
      third.happened([change(10)]);
      await third.upkeep.end();
      assert.equal(backupsIn(realFiles, backups).length, 2);
    }));

  it("F60: makes no copy that would fill the disk, and says how much is missing", () =>
    withPlace(async ({ backups, upkeep }) => {
      const full = upkeep({ freeBytes: () => 8 * 2 ** 20 });
      full.happened([change(7)]);
      const [said = ""] = codes(await noticesOf(full));
      assert.match(
        said,
        /^W_BACKUP the journal was not backed up: \d+ KiB are needed in \S+, and 8 MiB are free$/,
      );
      assert.deepEqual(backupsIn(realFiles, backups), []);
      const roomy = upkeep({ freeBytes: () => 10 * 2 ** 20 });
      roomy.happened([change(7)]);
      assert.deepEqual(await noticesOf(roomy), []);
      assert.equal(backupsIn(realFiles, backups).length, 1);
    }));

  it("a folder that cannot be written costs a warning, not the run", () =>
    withPlace(async ({ backups, upkeep }) => {
      writeFileSync(backups, "a file");
      const blocked = upkeep();
      blocked.happened([change(7)]);
      assert.deepEqual(codes(await noticesOf(blocked)), [
        `W_BACKUP the journal was not backed up: ${backups}: EEXIST`,
      ]);
    }));

  it("the end of a command does not wait for a copy without end", () =>
    withPlace(async ({ journal, backups }, clock) => {
      const stuck = { id: journal.id, backup: () => new Promise<void>(() => {}) };
      const parts = {
        files: realFiles,
        clock,
        stateFolder: join(backups, "../state"),
        backups,
        journal: stuck,
      };
      const upkeep = listening((host) => new Upkeep(parts, host));
      upkeep.happened([change(7)]);
      const ended = noticesOf(upkeep);
      clock.advance(5_000);
      assert.deepEqual(codes(await ended), [
        "W_BACKUP the journal was not backed up: it takes longer than 5 s",
      ]);
    }));

  it("names the command that helps from 1 GiB of state on", () =>
    withPlace(async ({ backups, upkeep }) => {
      const large = join(backups, "../state/large");
      writeFileSync(large, "");
      truncateSync(large, 2 ** 30);
      const grown = upkeep();
      grown.happened([change(7)]);
      const [problem] = await noticesOf(grown);
      assert.equal(problem?.code, "W_STATE_LARGE");
      assert.match(problem?.message ?? "", /holds 1 GiB$/);
      assert.match(problem?.hint ?? "", /db gc --dry-run/);
      assert.ok(existsSync(large));
      const soon = upkeep();
      soon.happened([change(8)]);
      assert.deepEqual(await noticesOf(soon), [], "the folder is walked as often as a copy is made");
      const idle = upkeep();
      assert.deepEqual(await noticesOf(idle), [], "nothing ran, nothing is said");
    }));
});

describe("sizes", () => {
  it("counts files below a folder, up to as many as are asked for", async () => {
    using folder = temporaryFolder();
    realFiles.makeFolder(join(folder.path, "a/b"));
    for (const name of ["x", "a/y", "a/b/z"]) writeFileSync(join(folder.path, name), "12345");
    assert.equal(sizeOf(realFiles, folder.path), 15);
    const ports = { files: realFiles, clock: realClock };
    assert.deepEqual(await sizeInTurns(ports, folder.path, 100), { bytes: 15, isWhole: true });
    assert.equal((await sizeInTurns(ports, folder.path, 3)).isWhole, false);
    assert.equal(sizeOf(realFiles, join(folder.path, "none")), 0);
  });

  it("F42: lets everything else have its turn while thousands of runs are counted", async () => {
    const clock = {
      at: 0,
      turns: 0,
      monotonic: () => clock.at,
      soon: (call: () => void) => {
        clock.turns += 1;
        setImmediate(call);
      },
    };
    const files = {
      ...realFiles,
      list: () => Array.from({ length: 100 }, (_, at) => ({ name: String(at), kind: "file" as const })),
      stat: () => {
        clock.at += 1;
        return { size: 2 } as FileStat;
      },
    };
    assert.deepEqual(await sizeInTurns({ files, clock }, "/", 1_000), { bytes: 200, isWhole: true });
    assert.equal(clock.turns, 20);
  });

  it("reads as people say it", () => {
    const sizes = [0, 1023, 1024, 1536, 20 * 1024, 5 * 2 ** 20, 2 ** 30, 3 * 2 ** 40].map(bytesText);
    assert.deepEqual(sizes, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "20 KiB", "5 MiB", "1 GiB", "3 TiB"]);
  });
});
