import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { captured } from "../../test/support/command-line.ts";
import type { Decision } from "../core/effect.ts";
import type { RunRow } from "../host/host.ts";
import { runIdOfKey } from "../work/key-run.ts";
import type { Reader } from "./application.ts";
import { report, wrong } from "./checks.ts";
import type { Context } from "./context.ts";
import { type Answer, promptOf, readAnswer } from "./deciding/decide.ts";
import { type OpenDecision, openDecisions } from "./deciding/open-decisions.ts";
import { questionLines } from "./deciding/question-lines.ts";
import { decisionName, findRun, RunNames, shortRun } from "./ids.ts";
import { readBudget } from "./inputs.ts";
import { withFields } from "./json.ts";
import { decideCommand } from "./next-command.ts";
import { Printer, usesColour } from "./print.ts";
import { printProblems } from "./problems.ts";
import { Refused } from "./refusal.ts";
import { printTable } from "./table.ts";
import { duration, localTime, seconds } from "./text.ts";
import { lookOfRun } from "./words.ts";

const DECISION: Decision = {
  id: "ask@1",
  kind: "approval",
  task: "ask",
  item: null,
  message: "Ship it?\n\x1b[2J",
  show: { show: { files: 4 } },
  phraseRequired: false,
  choices: ["approve", "reject", "later"],
  fields: null,
  sendBackTo: "build",
  maxRounds: 5,
  digest: "",
  askedAt: Date.UTC(2026, 0, 18, 14, 36),
  expiresAt: Date.UTC(2026, 0, 18, 18),
  onExpiry: "reject",
};
const QUESTION = { run: "RUN", name: "a-93fk", runName: "r-7k2m", decision: DECISION, phrase: null };

describe("a question", () => {
  it("is asked with what, when, and what happens if nobody answers", () => {
    const lines = questionLines(new Printer(captured(), false), QUESTION, localTime("UTC"));
    assert.match(
      lines[0] ?? "",
      /^◐ needs you {2}approval a-93fk {2}ask {3}run r-7k2m · asked 14:36:00 · expires 2026-01-18 18:00 → rejected$/,
    );
    assert.deepEqual(lines.slice(1), ["  Ship it?", "  \\x1b[2J", "    files  4"]);
    assert.equal(promptOf(QUESTION), "y approve, n reject, later, send_back COMMENT, or Enter to leave: ");
  });

  it("does not break its head in the middle of a word where the screen is narrow", () => {
    const narrow = captured({ columns: 80, rows: 24 });
    const lines = questionLines(new Printer(narrow, false), QUESTION, localTime("UTC"));
    assert.deepEqual(lines.slice(0, 3), [
      "◐ needs you  approval a-93fk  ask",
      "  run r-7k2m · asked 14:36:00 · expires 2026-01-18 18:00 → rejected",
      "  Ship it?",
    ]);
  });

  it("about an item names it by its key, which is data", () => {
    const question = { ...QUESTION, decision: { ...DECISION, item: 1, key: "a\x1b[2J" } };
    const [head = ""] = questionLines(new Printer(captured(), false), question, localTime("UTC"));
    assert.match(head, / {2}approval a-93fk {2}ask\[a\\x1b\[2J\] {3}run r-7k2m/);
  });

  it("shows a phrase as what it is: nothing of it acts on the terminal", () => {
    const prompt = promptOf({ ...QUESTION, phrase: "SHIP\x1b[2J" });
    assert.match(prompt, /^Type SHIP\\x1b\[2J to approve, reject, /);
  });

  it("A8: shows what the engine knows first, and cuts what others wrote where it would push it away", () => {
    const asked = {
      ...DECISION,
      phraseRequired: true,
      production: true as const,
      facts: [{ name: "commit", text: "abc" }],
      message: `Warning\n${"x\n".repeat(10_000)}\u202eend`,
      shown: { of: "page.md", text: "one\ntwo\n", linesLeft: 3 },
    };
    const question = { ...QUESTION, decision: asked, phrase: "DEPLOY" };
    const printer = new Printer(captured(), false);
    const lines = questionLines(printer, question, localTime("UTC"));
    assert.equal(lines[1], "  commit: abc");
    assert.equal(lines.length, 29);
    assert.deepEqual(
      lines.slice(22),
      [
        "  … 9982 more lines: inbox --full shows all",
        "",
        "  Type 'DEPLOY' to confirm:",
        "    page.md",
        "    │ one",
        "    │ two",
        "    … 3 more lines; look into the file itself",
      ].slice(0, 8),
    );
    const full = questionLines(printer, question, localTime("UTC"), true);
    assert.ok(full.length > 10_000 && full.includes("  \\u202eend"));
  });

  it("says who decides, and who may not", () => {
    const asked = (decision: Partial<Decision>) =>
      questionLines(
        new Printer(captured(), false),
        { ...QUESTION, decision: { ...DECISION, ...decision } },
        localTime("UTC"),
      )[0] ?? "";
    assert.match(asked({ approvers: ["ann", "b\x1bn"] }), / → rejected · approves: ann or b\\x1bn$/);
    const barred = { approvers: ["ann", "kim"], notBy: "kim" };
    assert.match(asked(barred), / · approves: ann, not kim who started it$/);
    assert.match(asked({ ...barred, approvers: ["kim"] }), / · approves: nobody, not kim who started it$/);
    assert.match(asked({ approvers: ["ann"], notBy: "kim" }), / · approves: ann$/);
  });

  it("takes y, n, a choice of the task's own and a way back", () => {
    assert.equal(readAnswer(QUESTION, "  "), null);
    assert.deepEqual(readAnswer(QUESTION, "y"), { choice: "approve", comment: null, fields: {} });
    assert.deepEqual(readAnswer(QUESTION, "no too early"), {
      choice: "reject",
      comment: "too early",
      fields: {},
    });
    assert.deepEqual(readAnswer(QUESTION, "later"), { choice: "later", comment: null, fields: {} });
    for (const word of ["send_back", "send-back", "back"]) {
      assert.deepEqual(readAnswer(QUESTION, `${word} shorter`), {
        choice: "send_back",
        comment: "shorter",
        fields: {},
        to: "build",
      });
    }
    assert.ok("wrong" in (readAnswer(QUESTION, "maybe") ?? {}));
  });

  it("takes whatever is typed as the answer to an agent's question, but for reject", () => {
    const decision = {
      ...QUESTION.decision,
      kind: "question",
      choices: ["answer", "reject"],
      sendBackTo: null,
    } as const;
    const question = { ...QUESTION, decision };
    assert.match(promptOf(question), /^your answer in words, reject, or Enter/);
    for (const typed of ["y", "no", "the blue one", "answer"])
      assert.deepEqual(readAnswer(question, typed), { choice: "answer", comment: typed, fields: {} });
    assert.equal((readAnswer(question, "reject not now") as Answer).comment, "not now");
    const offers = questionLines(
      new Printer(captured(), false),
      { ...question, decision: { ...decision, offers: ["bl\x1bue"] } },
      localTime("UTC"),
    );
    assert.equal(offers.at(-1), "    - bl\\x1bue");
  });

  it("hands a phrase on byte for byte", () => {
    const question = { ...QUESTION, phrase: "SHIP IT" };
    assert.match(promptOf(question), /^Type SHIP IT to approve/);
    assert.deepEqual(readAnswer(question, "SHIP IT "), {
      choice: "approve",
      comment: null,
      fields: {},
      phrase: "SHIP IT ",
    });
    assert.deepEqual(readAnswer(question, "y"), {
      choice: "approve",
      comment: null,
      fields: {},
      phrase: "y",
    });
    assert.equal((readAnswer(question, "reject") as { choice: string }).choice, "reject");
  });

  it("is sent back from a question that asks for a phrase too, unless the word is the phrase", () => {
    const question = { ...QUESTION, phrase: "SHIP IT" };
    assert.match(promptOf(question), /^Type SHIP IT to approve, reject, send_back COMMENT, or Enter/);
    assert.equal((readAnswer(question, "send_back shorter") as { choice: string }).choice, "send_back");
    const odd = { ...question, phrase: "send_back" };
    assert.equal((readAnswer(odd, "send_back") as { choice: string }).choice, "approve");
    const closed = { ...question, decision: { ...DECISION, sendBackTo: null } };
    assert.equal((readAnswer(closed, "send_back") as { choice: string }).choice, "approve");
    assert.match(promptOf(closed), /^Type SHIP IT to approve, reject, or Enter/);
  });

  it("raises a budget by an amount", () => {
    const question = {
      ...QUESTION,
      decision: { ...DECISION, kind: "budget" as const, choices: ["raise", "stop"], sendBackTo: null },
    };
    assert.deepEqual(readAnswer(question, "raise 2.50"), {
      choice: "raise",
      comment: null,
      fields: { usd: 2.5 },
    });
    assert.ok("wrong" in (readAnswer(question, "raise") ?? {}));
    assert.equal((readAnswer(question, "stop") as { choice: string }).choice, "stop");
  });
});

describe("short names", () => {
  const runs = ["01kf0000000000000000007k2m", "01kf00000000000000000a7k2m", "01kf00000000000000000003k1"];
  const reader = {
    runsEnding: (suffix: string) => runs.filter((run) => run.endsWith(suffix)),
  } as unknown as Reader;

  it("are the shortest ending of at least four that is unique", () => {
    assert.equal(shortRun(reader, runs[2] ?? ""), "r-03k1");
    assert.equal(shortRun(reader, runs[0] ?? ""), "r-07k2m");
    assert.equal(shortRun(null, runs[0] ?? ""), "r-7k2m");
  });

  it("lead back to the run, or to all it could mean", () => {
    assert.deepEqual(findRun(reader, "r-03k1"), { ok: true, value: runs[2] });
    assert.deepEqual(findRun(reader, runs[1] ?? ""), { ok: true, value: runs[1] });
    const twice = findRun(reader, "7K2M");
    assert.ok(
      !twice.ok && twice.problems[0]?.code === "E_AMBIGUOUS" && twice.problems[0].hint === "r-07k2m, r-a7k2m",
    );
    for (const typed of ["r-zzzz", "k1", "", "../../x", "r-%", "x".repeat(60)])
      assert.equal(findRun(reader, typed).ok, false);
  });

  it("of runs that go on starting are the same, after one look at the ids", () => {
    let looks = 0;
    const runsEnding = (suffix: string) => {
      looks += 1;
      return reader.runsEnding(suffix);
    };
    const counting = { ...reader, runsEnding };
    const names = new RunNames(counting);
    assert.deepEqual(
      runs.map((run) => names.of(run)),
      runs.map((run) => shortRun(reader, run)),
    );
    const next = `${(runs[2] ?? "").slice(0, -5)}x${(runs[2] ?? "").slice(-4)}`;
    assert.deepEqual([names.of(next), names.of(next), looks], ["r-x03k1", "r-x03k1", 1]);
  });

  it("are the same for the same key and decision", () => {
    assert.match(runIdOfKey("nightly"), /^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    assert.equal(runIdOfKey("nightly"), runIdOfKey("nightly"));
    assert.notEqual(runIdOfKey("nightly"), runIdOfKey("nightlz"));
    assert.match(decisionName("RUN", "ask@1"), /^[0-9a-hjkmnp-tv-z]{26}$/);
  });
});

describe("where a decision is made", () => {
  const open = (name: string, kind = "approval") =>
    ({ run: "R", name, decision: { ...DECISION, kind } }) as OpenDecision;

  it("is the command that makes it, or the inbox when there are several", () => {
    assert.equal(decideCommand("decapod", [open("a-93fk")]), "decapod approve a-93fk");
    assert.equal(decideCommand("decapod", [open("a-93fk"), open("a-7k2m")]), "decapod inbox");
    assert.equal(
      decideCommand("decapod", [open("a-93fk", "budget")]),
      "decapod approve a-93fk --choice raise --set usd=AMOUNT",
    );
  });
});

describe("values", () => {
  it("reads a budget", () => {
    assert.equal(readBudget(null), null);
    assert.deepEqual(readBudget("5"), { usd: 5, tokens: null });
    assert.deepEqual(readBudget("usd=2.5,tokens=1000"), { usd: 2.5, tokens: 1000 });
    for (const wrong of ["", "five", "usd=1,usd=2", "tokens=1.5", "-1"])
      assert.throws(() => readBudget(wrong), Refused);
  });

  it("writes durations as people read them, and as scripts do", () => {
    const shown = [12, 400, 18_000, 72_000, 7_500_000, 273_600_000].map(duration);
    assert.deepEqual(shown, ["12ms", "0.4s", "18s", "1m12s", "2h05m", "3d4h"]);
    assert.deepEqual([420, 72_400].map(seconds), ["0.4s", "72s"]);
  });

  it("keeps only the fields that are asked for, and knows which there are", () => {
    assert.deepEqual(withFields({ id: 1, status: 2 }, ["status"]), { status: 2 });
    assert.throws(() => withFields({ id: 1 }, ["state"]), /there is no field state/);
  });

  it("derives interrupted and needs you", () => {
    const run = { status: "running", waitingFor: 0, isInterrupted: true } as const;
    assert.equal(lookOfRun(run).word, "interrupted");
    assert.equal(lookOfRun({ ...run, waitingFor: 2 }).word, "needs you (2)");
    assert.equal(lookOfRun({ status: "failed", waitingFor: 2, isInterrupted: false }).word, "failed");
  });

  it("finds what is asked in a run and in the runs inside it, and nothing beside it", () => {
    const parents: Readonly<Record<string, string | null>> = {
      top: null,
      mid: "top",
      low: "mid",
      side: "top",
    };
    const reader = {
      run: (run: string) => ({ run, parent: parents[run] ?? null }),
      effects: () =>
        ["low", "side"].map((run) => ({ run, id: "a@1", kind: "decision", detail: { id: run } })),
    } as unknown as Reader;
    const asked = (run: string) =>
      openDecisions(reader, { run, status: "running" } as RunRow).map(({ decision }) => decision.id);
    assert.deepEqual(["top", "mid", "low", "side"].map(asked), [["low", "side"], ["low"], ["low"], ["side"]]);
    assert.deepEqual(openDecisions(reader, { run: "top", status: "failed" } as RunRow), []);
  });
});

describe("colour", () => {
  it("follows --color, NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal", () => {
    const terminal = captured({ columns: 80, rows: 24 });
    const pipe = captured();
    assert.equal(usesColour("auto", terminal, {}), true);
    assert.equal(usesColour("auto", pipe, {}), false);
    assert.equal(usesColour("auto", terminal, { NO_COLOR: "1" }), false);
    assert.equal(usesColour("auto", pipe, { FORCE_COLOR: "1" }), true);
    assert.equal(usesColour("auto", terminal, { FORCE_COLOR: "0" }), false);
    assert.equal(usesColour("auto", terminal, { TERM: "dumb" }), false);
    assert.equal(usesColour("always", pipe, { NO_COLOR: "1" }), true);
    assert.equal(usesColour("never", terminal, { FORCE_COLOR: "1" }), false);
  });
});

describe("what a check found", () => {
  it("stands in its column, however narrow the screen is, and on one line where nobody looks", () => {
    const check = wrong("disk", "77 GiB free in /here and 12 MiB in /there", "make room, or move it");
    const said = (size: { columns: number; rows: number } | null) => {
      const output = captured(size);
      report({ globals: { json: false }, out: new Printer(output, false) } as unknown as Context, [check], 6);
      return output.text();
    };
    const indent = " ".repeat(15);
    assert.equal(
      said({ columns: 40, rows: 24 }),
      `✗ disk         77 GiB free in /here and\n${indent}12 MiB in /there\n${indent}try: make room, or move\n${indent}it\n`,
    );
    assert.equal(
      said(null),
      `✗ disk         77 GiB free in /here and 12 MiB in /there\n${indent}try: make room, or move it\n`,
    );
  });
});

describe("a table", () => {
  const table = {
    headers: ["RUN", "NOTE"],
    rows: [[{ text: "r-7k2m" }, { text: `a\tb\n${"x".repeat(100)}` }]],
  };

  it("has full values between tabs where nobody looks, and no header", () => {
    const output = captured();
    printTable(new Printer(output, false), table, false);
    assert.equal(output.text(), `r-7k2m\ta b ${"x".repeat(100)}\n`);
  });

  it("leaves out at a terminal what says nothing: empty columns, and the heading of no rows", () => {
    const said = (columns: number | null, rows: readonly (readonly { text: string }[])[]) => {
      const output = captured(columns === null ? null : { columns, rows: 24 });
      printTable(new Printer(output, false), { headers: ["RUN", "COST", "NEXT"], rows }, false);
      return output.text();
    };
    const empty = [{ text: "r-7k2m" }, { text: "" }, { text: "build" }];
    assert.equal(said(80, [empty]), "RUN     NEXT\nr-7k2m  build\n");
    assert.equal(
      said(80, [empty, [{ text: "r-7k2j" }, { text: "$1" }]]).split("\n")[0],
      "RUN     COST  NEXT",
    );
    assert.equal(said(80, []), "");
    assert.equal(said(null, [empty]), "r-7k2m\t\tbuild\n");
  });

  it("fits on a terminal, unless it shall be wide", () => {
    const output = captured({ columns: 40, rows: 24 });
    printTable(new Printer(output, false), table, false);
    const lines = output.text().trimEnd().split("\n");
    assert.equal(lines[0], "RUN     NOTE");
    assert.ok(lines.every((line) => [...line].length <= 40) && lines[1]?.endsWith("…"));
    const wide = captured({ columns: 40, rows: 24 });
    printTable(new Printer(wide, false), table, true);
    assert.match(wide.text(), /x{100}\n$/);
  });
});

describe("problems", () => {
  it("print nothing when there are none, not even an empty line", () => {
    const output = captured();
    printProblems(new Printer(output, false), [], null);
    assert.equal(output.text(), "");
  });
});
