import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { captured } from "../../test/support/command-line.ts";
import { flow, Play } from "../../test/support/decider.ts";
import { firstOf, noted, played, SILENT, shownAll } from "../../test/support/shown-runs.ts";
import { failure } from "../core/outcome.ts";
import { heldClock } from "../port/clock.ts";
import { jsonlWatcher } from "./jsonl.ts";
import { lineWatcher } from "./lines.ts";
import { Printer } from "./print.ts";
import { localTime } from "./text.ts";

describe("lines", () => {
  function lines(play: Play, verbose = false): readonly string[] {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(),
      verbose,
    });
    const changes = changesOf(play);
    watcher.begin(firstOf(changes));
    watcher.changes(changes);
    watcher.end();
    return output.text().trimEnd().split("\n");
  }

  it("says each thing once, in the form that scripts read", () => {
    assert.deepEqual(lines(played()), [
      "09:00:00 r-7k2m run started workflow=test",
      "09:00:18 r-7k2m build success 18s files=342 ok=true",
      "09:00:24 r-7k2m link-check failed exit=1 attempt=1/3 next=10s",
      "09:00:24 r-7k2m pages[a] success 6s",
      "09:00:24 r-7k2m pages[b] success 6s",
      "09:00:24 r-7k2m pages success 6s",
      "09:00:24 r-7k2m content-check success 24s cost=0.08",
      "09:00:39 r-7k2m link-check success 21s",
      "09:00:39 r-7k2m ask waiting approval",
      "09:00:39 r-7k2m ask success 0s decision=approve by=mark",
      "09:00:39 r-7k2m deploy skipped condition",
      "09:00:39 r-7k2m run success 39s",
    ]);
  });

  it("also says what began when it is asked to", () => {
    assert.ok(lines(played(), true).includes("09:00:18 r-7k2m link-check running"));
  });

  it("names why a run failed, in one line without control characters", () => {
    const play = new Play("a");
    play.start("a").end("a", {
      status: "failed",
      exitCode: 2,
      failure: failure("config_error", "bad\nthing\x1b]0;x\x07"),
    });
    const last = lines(play).at(-1) ?? "";
    assert.match(last, /^09:00:00 r-7k2m run failed 0s class=config_error message="bad thing/);
    assert.doesNotMatch(last, /\p{Cc}/u);
  });

  it("says what only a person can do something about, in the words that they are asked with", () => {
    const workflow = flow("a");
    const tasks = workflow.tasks.map((task) => ({ ...task, escalates: true as const }));
    const play = new Play({ ...workflow, tasks }).fail("a", "aws_credentials", "exit 255: no keys");
    assert.deepEqual(lines(play).slice(1), [
      '09:00:00 r-7k2m a waiting blocked class=aws_credentials note="Please check AWS credentials on laptop"',
    ]);
  });

  it("F31: says that a running task prints nothing, and what is known of an attempt that ended", () => {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(Date.UTC(2026, 0, 18, 9, 10)),
      verbose: false,
    });
    const changes = changesOf(noted());
    watcher.begin(firstOf(changes));
    watcher.changes(changes.slice(0, 3));
    watcher.progress(SILENT);
    watcher.progress({ ...SILENT, run: "ANOTHER" });
    watcher.changes(changes.slice(3));
    watcher.end();
    assert.deepEqual(output.text().trimEnd().split("\n"), [
      "09:00:00 r-7k2m run started workflow=test",
      '09:10:00 r-7k2m a running note="no output for 10 min"',
      '09:00:00 r-7k2m a success 10s note="output still open" note="hid \\\\x1b[2Jit"',
      "09:00:00 r-7k2m b failed exit=1 attempt=1/2 next=5s note=odd",
    ]);
  });

  it("holds lines back while a person is asked", () => {
    const output = captured();
    const watcher = lineWatcher({
      printer: new Printer(output, false),
      labels: shownAll(),
      time: localTime("UTC"),
      clock: heldClock(),
      verbose: false,
    });
    const [first, ...changes] = changesOf(played());
    assert.ok(first !== undefined);
    watcher.begin(firstOf([first], "resumed"));
    watcher.pause();
    watcher.changes(changes);
    assert.match(output.text(), /^\S+ r-7k2m run resumed workflow=test\n$/);
    watcher.unpause();
    assert.match(output.text(), /run success/);
  });
});

describe("--jsonl", () => {
  it("prints each entry with the changes it caused", () => {
    const output = captured();
    const watcher = jsonlWatcher(
      new Printer(output, false),
      shownAll(),
      heldClock(Date.UTC(2026, 0, 18, 14, 30)),
    );
    const changes = changesOf(played());
    watcher.begin(firstOf(changes));
    watcher.changes(changes);
    const documents = output
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(documents.length, changes.length);
    assert.deepEqual(
      documents[0].changes.map(({ task }: { task: string }) => task),
      ["content-check", "build"],
    );
    const failed = documents.find(
      ({ event }) => event.type === "attempt.ended" && event.task === "link-check",
    );
    assert.deepEqual(failed.changes, [{ task: "link-check", status: "waiting", reason: "retry" }]);
    assert.equal(documents.at(-1).status, "success");
    for (const document of documents) {
      assert.deepEqual(Object.keys(document), [
        "schemaVersion",
        "run",
        "sequence",
        "at",
        "event",
        "status",
        "changes",
        "note",
      ]);
    }
  });
});

describe("--jsonl of an attempt that prints nothing", () => {
  it("F31: is a line without an entry; notes of one that ended are in its entry", () => {
    const output = captured();
    const clock = heldClock(Date.UTC(2026, 0, 18, 9, 10));
    const watcher = jsonlWatcher(new Printer(output, false), shownAll(), clock);
    const changes = changesOf(noted());
    watcher.begin(firstOf(changes));
    watcher.changes(changes.slice(0, 3));
    watcher.progress(SILENT);
    watcher.changes(changes.slice(3));
    const documents = output
      .text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(documents[3], {
      schemaVersion: 1,
      run: "RUN",
      sequence: null,
      at: "2026-01-18T09:10:00.000Z",
      event: null,
      status: null,
      changes: [],
      note: { task: "a", attempt: 1, text: "no output for 10 min" },
    });
    assert.deepEqual(
      documents.slice(4).map(({ event }) => event.outcome.notes),
      [["output still open", "hid \x1b[2Jit"], ["odd"]],
    );
  });
});
