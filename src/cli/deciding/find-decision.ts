/** Which decision is meant by the name that was typed, or why none is. */
import type { DecisionMade } from "../../core/event.ts";
import { suffixIn } from "../../core/id.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { decisionName, shortDecisions } from "../ids.ts";
import { clean } from "../print.ts";
import { localTime } from "../text.ts";
import { isClosed } from "../words.ts";
import { type OpenDecision, openDecisionsOf } from "./open-decisions.ts";

/** How far back a decision that is not open is looked for. */
const EARLIER_RUNS = 100;
const NAMES_SHOWN = 5;

export interface OpenHere extends OpenDecision {
  /** The run of the project's own that it belongs to. */
  readonly root: string;
}

/** Of the newest run first, with one look at the journal. */
export function openInProject(reader: Reader): readonly OpenHere[] {
  const roots = [...openDecisionsOf(reader)].flatMap(([root, open]) => {
    const row = reader.run(root);
    return row === null || row.parent !== null || isClosed(row.status) ? [] : [{ row, open }];
  });
  return roots
    .toSorted((one, other) => other.row.startedAt - one.row.startedAt)
    .flatMap(({ row, open }) => open.map((one) => ({ ...one, root: row.run })));
}

export function findDecision(
  { application }: Context,
  reader: Reader,
  typed: string | null,
): Result<OpenHere> {
  const open = openInProject(reader);
  const suffix = typed === null ? "" : suffixIn("a", typed);
  const found = open.filter(
    ({ run, decision }) => suffix !== null && decisionName(run, decision.id).endsWith(suffix),
  );
  const [first] = found;
  const shown = typed === null ? "" : clean(typed, 40);
  if (first === undefined && typed === null)
    return bad({ code: "E_NOT_FOUND", message: "nothing waits for you" });
  if (first === undefined)
    return (
      (suffix === null ? null : decidedBefore(reader, shown, suffix)) ??
      bad(notFound(shown, open.length === 0 ? null : `${application.calledAs} inbox`))
    );
  if (found.length === 1) return good(first);
  const message = `${typed === null ? "this" : shown} means ${found.length} decisions`;
  return bad({ code: "E_AMBIGUOUS", message, hint: namesIn(found.map(({ name }) => name)) });
}

function notFound(shown: string, inbox: string | null): Problem {
  const message = `there is no decision ${shown} in this project`;
  if (inbox === null) return { code: "E_NOT_FOUND", message: `${message}; nothing waits for you` };
  return { code: "E_NOT_FOUND", message, hint: inbox };
}

/** Why nobody is asked any more: somebody else was faster; or its time was over, or its run. */
export function goneText(reader: Reader, run: string, id: string): string {
  const made = reader
    .entries(run)
    .findLast(({ event }) => event.type === "decision.made" && event.decision === id);
  if (made?.event.type !== "decision.made") return "this decision is no longer open";
  return `already decided: ${howText(made.event, made.at)}`;
}

function howText({ choice, by, via }: DecisionMade, at: number): string {
  return `${clean(choice, 40)} by ${clean(by, 40)} (${clean(via, 80)}) at ${localTime().clock(at)}`;
}

/** Somebody else was faster, or this person was here before. */
function decidedBefore(reader: Reader, shown: string, suffix: string): Result<never> | null {
  const made = new Map<string, string>();
  for (const { run } of reader.runs({ limit: EARLIER_RUNS })) {
    for (const { event, at } of reader.entries(run)) {
      if (event.type !== "decision.made") continue;
      const name = decisionName(run, event.decision);
      if (name.endsWith(suffix)) made.set(name, howText(event, at));
    }
  }
  const [how] = made.values();
  if (how === undefined) return null;
  if (made.size === 1)
    return bad({ code: "E_DECIDED", message: `${shown} was already decided: ${how}; nothing changed` });
  const message = `${shown} means ${made.size} decisions that were already made`;
  return bad({ code: "E_AMBIGUOUS", message, hint: namesIn(shortDecisions([...made.keys()])) });
}

function namesIn(names: readonly string[]): string {
  return names.slice(0, NAMES_SHOWN).join(", ");
}
