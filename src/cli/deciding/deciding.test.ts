/** Which decision is meant, in a journal that is made up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Decision } from "../../core/effect.ts";
import { bad, good } from "../../core/problem.ts";
import { answerLines } from "../answer-lines.ts";
import type { Application, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { decisionName } from "../ids.ts";
import { localTime } from "../text.ts";
import { madeVia, readFields, wordFor } from "./deciding.ts";
import { findDecision, openInProject } from "./find-decision.ts";

const CONTEXT = { application: { calledAs: "decapod" } as Application } as Context;

interface Journal {
  readonly open: readonly (readonly [run: string, id: string])[];
  readonly made?: readonly (readonly [run: string, id: string])[];
}

/** As the real one, it lists no more runs than it is asked for, and counts its looks at what is open. */
function readerOf({ open, made = [] }: Journal, looks = { count: 0 }): Reader {
  const rows = [...new Set([...open, ...made].map(([run]) => run))].map((run, at) => {
    return { run, parent: null, status: "running", startedAt: at };
  });
  return {
    run: (run: string) => rows.find((row) => row.run === run) ?? null,
    runs: ({ limit }: { limit: number }) => rows.slice(0, limit),
    effects: () => {
      looks.count += 1;
      return open.map(([run, id]) => ({ run, id, kind: "decision", detail: { id } }));
    },
    entries: (run: string) =>
      made
        .filter(([of]) => of === run)
        .map(([, decision]) => ({
          at: 0,
          event: { type: "decision.made", decision, choice: "approve", by: "kim", via: "cli" },
        })),
  } as unknown as Reader;
}

/** Two decisions whose last four letters are the same. */
function twins(): readonly [string, string] {
  const seen = new Map<string, string>();
  for (let count = 0; ; count += 1) {
    const id = `gate@${count}`;
    const ending = decisionName("R", id).slice(-4);
    const other = seen.get(ending);
    if (other !== undefined) return [other, id];
    seen.set(ending, id);
  }
}

function found(reader: Reader, typed: string | null) {
  const result = findDecision(CONTEXT, reader, typed);
  return result.ok ? result.value.decision.id : result.problems[0];
}

const [ONE, OTHER] = twins();
const shared = `a-${decisionName("R", ONE).slice(-4)}`;

describe("a decision that stands already", () => {
  const entry = (decision: string, choice: string, by: string, via: string) => ({
    at: 0,
    event: { type: "decision.made", decision, choice, by, via },
  });
  const reader = {
    entries: () => [entry(ONE, "reject", "kim", "cli"), entry(OTHER, "approve", "kim", "token laptop")],
  } as unknown as Reader;
  const open = { run: "R", root: "R", name: "a-1", decision: { id: OTHER } as Decision };

  it("was given the way its entry names, by this person and with this choice alone", () => {
    assert.equal(madeVia(reader, open, "approve", "kim"), "token laptop");
    assert.equal(madeVia(reader, open, "reject", "kim"), null);
    assert.equal(madeVia(reader, open, "approve", "ann"), null);
  });
});

describe("the name of a decision", () => {
  it("is longer where two would meet, so that both can be decided", () => {
    const reader = readerOf({
      open: [
        ["R", ONE],
        ["R", OTHER],
        ["R", "else@1"],
      ],
    });
    const names = openInProject(reader).map(({ name }) => name);
    assert.deepEqual(
      names.map((name) => found(reader, name)),
      [ONE, OTHER, "else@1"],
    );
    assert.equal(names[2]?.length, 6);
    assert.deepEqual(found(reader, shared), {
      code: "E_AMBIGUOUS",
      message: `${shared} means 2 decisions`,
      hint: names.slice(0, 2).join(", "),
    });
  });

  it("is found in any case, without its a-, and whole", () => {
    const reader = readerOf({ open: [["R", ONE]] });
    for (const typed of [shared.toUpperCase(), shared.slice(2), decisionName("R", ONE), null])
      assert.equal(found(reader, typed), ONE, String(typed));
    for (const typed of ["", "a-", "k2m", "../../x", "a-%"])
      assert.match(JSON.stringify(found(reader, typed)), /E_NOT_FOUND/, typed);
  });

  it("that nobody asks is told apart from those that wait", () => {
    const nothing = {
      code: "E_NOT_FOUND",
      message: "there is no decision a-zzzz in this project; nothing waits for you",
    };
    assert.deepEqual(found(readerOf({ open: [] }), "a-zzzz"), nothing);
    const one = {
      code: "E_NOT_FOUND",
      message: "there is no decision a-zzzz in this project",
      hint: "decapod inbox",
    };
    assert.deepEqual(found(readerOf({ open: [["R", "gate@1"]] }), "a-zzzz"), one);
  });

  it("is said to be decided of that decision alone", () => {
    const once = readerOf({ open: [], made: [["R", ONE]] });
    assert.deepEqual(found(once, shared), {
      code: "E_DECIDED",
      message: `${shared} was already decided: approve by kim (cli) at ${localTime().clock(0)}; nothing changed`,
    });
    const longer = `a-${decisionName("R", OTHER).slice(-10)}`;
    assert.match(JSON.stringify(found(once, longer)), /E_NOT_FOUND/);
    const both = readerOf({
      open: [],
      made: [
        ["R", ONE],
        ["R", OTHER],
      ],
    });
    assert.match(
      JSON.stringify(found(both, shared)),
      /E_AMBIGUOUS.*means 2 decisions that were already made/,
    );
  });
});

describe("--set", () => {
  const declared = { note: { type: "string" }, usd: { type: "number" }, sure: { type: "boolean" }, free: {} };
  const read = (...pairs: readonly string[]) => {
    const fields = readFields(declared, pairs, (path) =>
      path === "note.txt" ? good("from a file") : bad({ code: "E_NOT_FOUND", message: path }),
    );
    return fields.ok ? fields.value : fields.problems;
  };

  it("reads a value in the type that the decision declares", () => {
    assert.deepEqual(read("note=5", "usd=5", "sure=true", "free=5"), {
      ...{ note: "5", usd: 5, sure: true, free: "5" },
    });
    assert.deepEqual(read("note=@note.txt"), { note: "from a file" });
    assert.match(JSON.stringify(read("usd=much")), /E_PARAM_TYPE.*usd must be a number, not .*much/);
  });

  it("takes each field once, and says what is none", () => {
    assert.match(JSON.stringify(read("usd=1", "usd=2")), /E_USAGE.*usd is given twice/);
    assert.match(JSON.stringify(read("usd")), /E_USAGE.*not of the form key=value.*--set usd=…/);
  });
});

describe("reject", () => {
  it("says no in the word that the decision has for it", () => {
    const said = (kind: string, ...choices: readonly string[]) =>
      wordFor({ kind, choices } as unknown as Decision, "reject");
    assert.equal(said("blocker", "retry", "give_up"), "give_up");
    assert.equal(said("blocker", "happened", "retry", "fail"), "fail");
    assert.equal(said("budget", "raise", "stop"), "stop");
    assert.equal(said("question", "answer", "reject"), "reject");
    assert.equal(said("approval", "ship", "stop"), "reject");
    assert.equal(wordFor({ kind: "blocker", choices: ["retry", "give_up"] }, "retry"), "retry");
  });
});

describe("the inbox", () => {
  it("lists a command for each answer, with the fields and what each may be", () => {
    const fields = {
      note: {},
      count: { type: "number", min: 1, max: 5, default: 3, description: "how\u001b[2J many" },
      place: { type: "string", enum: ["here", "there"] },
    };
    const asked = { kind: "approval", choices: ["approve", "later", "reject"], sendBackTo: "draft", fields };
    const lines = (decision: object) => answerLines("decapod", "a-93fk", decision as Decision);
    assert.deepEqual(lines({ ...asked, phraseRequired: true }), [
      "  decapod approve a-93fk  the phrase is asked for",
      "  decapod approve a-93fk --choice later",
      "  decapod reject a-93fk",
      "  decapod send-back a-93fk  to draft",
      "  --set note=…",
      "  --set count=…  number, from 1 to 5, 3 unless said: how\\x1b[2J many",
      "  --set place=…  string, one of here, there",
    ]);
    const budget = { kind: "budget", choices: ["raise", "stop"], sendBackTo: null, fields: null };
    assert.deepEqual(lines(budget), [
      "  decapod approve a-93fk --choice raise --set usd=AMOUNT",
      "  decapod approve a-93fk --choice stop",
    ]);
    assert.deepEqual(
      lines({ kind: "question", choices: ["answer", "reject"], sendBackTo: null, fields: null }),
      ['  decapod answer a-93fk "YOUR ANSWER"', "  decapod reject a-93fk"],
    );
  });

  it("has the questions of all runs, however many there are, with one look", () => {
    const open = Array.from({ length: 1500 }, (_, at) => [`run${at}`, "gate@1"] as const);
    const looks = { count: 0 };
    assert.equal(openInProject(readerOf({ open }, looks)).length, 1500);
    assert.equal(looks.count, 1);
  });
});
