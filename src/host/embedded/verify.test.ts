import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  EMPTY,
  entry,
  fill,
  opened,
  RUN,
  runId,
  runRow,
  temporaryFolder,
} from "../../../test/support/journal.ts";
import { realFiles } from "../../port/files.ts";
import { connect } from "./database.ts";
import { verifyJournal } from "./verify.ts";

describe("the whole check", () => {
  it("counts runs and entries of a whole journal, and of none", async () => {
    using folder = temporaryFolder();
    assert.deepEqual(verifyJournal(join(folder.path, "none"), realFiles), {
      runs: 0,
      readable: 0,
      entries: 0,
      mark: null,
      tail: { number: 0, entries: 0, hash: "" },
      damage: [],
      isUnmarked: false,
      refused: null,
    });
    const journal = opened(folder.path);
    fill(journal, 1, 10);
    fill(journal, 1, 5, runId(2));
    journal.audit("told", "x");
    await journal.close();
    const { runs, readable, entries, mark, tail, damage } = verifyJournal(folder.path, realFiles);
    assert.deepEqual({ runs, readable, entries, damage }, { runs: 2, readable: 15, entries: 15, damage: [] });
    assert.deepEqual(mark, tail);
  });

  it("finds what a hand changed anywhere, each with a line of its own", async () => {
    const CASES: readonly (readonly [sql: string, line: RegExp, readable: number])[] = [
      [
        "update entries set text = '{}' where place % 134217728 = 4",
        /run .*: entry 4 of run .* is not what was written: 3 of 6/,
        5,
      ],
      [
        "delete from entries where place % 134217728 = 6",
        /entry 6 of run .* is missing: 5 of 6 entries readable/,
        7,
      ],
      ["update commits set hash = 'x' where number = 2", /commit 2 does not hold what was written/, 8],
      ["delete from commits where number = 3", /commit 3 is missing/, 8],
      ["update entries set commit_number = 1 where commit_number = 2", /commit 1 does not hold/, 8],
      ["insert into entries values(99, 99, 1, 1, null, 'x', '{}')", /belongs to no commit/, 8],
      ["update audit set detail = 'y'", /audit line 1 is not what was written/, 8],
      ["update definitions set text = '[]'", /the definition abc is not the one/, 8],
      [
        "update tasks set status = 'failed' where place % 134217728 = 10001",
        /1 rows of tasks were changed/,
        8,
      ],
      ["update runs set status = 'failed'", /2 rows of runs were changed/, 8],
      ["delete from open_runs", /lists of runs do not agree/, 8],
      ["delete from runs where number = 2", /lists of runs do not agree/, 8],
      ["delete from journals where number = 2", /2 entries belong to no run/, 6],
    ];
    for (const [sql, line, readable] of CASES) {
      using folder = temporaryFolder();
      const journal = opened(folder.path);
      journal.commit({
        ...EMPTY,
        definitions: [{ digest: "abc", text: "{}" }],
        entries: [entry(1)],
        runs: [runRow(1)],
      });
      fill(journal, 2, 5);
      fill(journal, 1, 2, runId(2));
      journal.audit("told", "x");
      await journal.close();
      const database = connect(join(folder.path, "decapod.db"), { readOnly: false });
      database.exec(sql);
      database.close();
      const found = verifyJournal(folder.path, realFiles);
      assert.ok(
        found.damage.some((text) => line.test(text)),
        `${sql}: ${found.damage.join(" | ")}`,
      );
      assert.equal(found.readable, readable, sql);
    }
  });

  it("says how much is readable and where the mark stands", async () => {
    using folder = temporaryFolder();
    const journal = opened(folder.path);
    fill(journal, 1, 100);
    await journal.close();
    const database = connect(join(folder.path, "decapod.db"), { readOnly: false });
    database.exec("delete from entries where place % 134217728 > 45; delete from commits where number > 45");
    database.close();
    const { readable, entries, damage } = verifyJournal(folder.path, realFiles);
    assert.deepEqual([readable, entries], [45, 100]);
    assert.match(damage.join("\n"), /45 of 100 entries readable, high-water mark 100/);
    assert.match(
      damage.join("\n"),
      new RegExp(`entry 46 of run ${RUN} is missing: 45 of 100 entries readable`),
    );
  });
});
