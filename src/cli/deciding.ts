/** Decisions by a command of their own: which one is meant, and giving the answer to whoever works on the run. */
import { instant } from "../core/calendar.ts";
import { suffixIn } from "../core/id.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { bad, EXIT, good, type Result } from "../core/problem.ts";
import { refuseProgram } from "../server/people.ts";
import { readPair } from "../spec/params.ts";
import type { CallOwner, Project, Reached, Reader } from "./application.ts";
import { type Context, hint, isAttended, projectOf, readerOf } from "./context.ts";
import { type Answer, ask, phraseOf, type Question, questionLines } from "./decide.ts";
import { finish } from "./finish.ts";
import { stayWith } from "./follow-there.ts";
import { giveAnswer } from "./give-answer.ts";
import { decisionName, shortDecisions, shortRun } from "./ids.ts";
import { readTextFile } from "./inputs.ts";
import { jsonText } from "./json.ts";
import { type OpenDecision, openDecisionsOf } from "./open-decisions.ts";
import { clean } from "./print.ts";
import { withOwner } from "./reach.ts";
import { Refused, take } from "./refusal.ts";
import { localTime } from "./text.ts";
import { isClosed } from "./words.ts";

/** How far back a decision that is not open is looked for. */
const EARLIER_RUNS = 100;
const NAMES_SHOWN = 5;

export interface OpenHere extends OpenDecision {
  /** The run of the project's own that it belongs to. */
  readonly root: string;
}

/** What was said on the command line. */
export interface Said {
  readonly choice: string;
  readonly comment: string | null;
  /** `field=value`, as they were typed. */
  readonly set: readonly string[];
  readonly phrase: string | null;
  readonly to: string | null;
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

export function decisionDocument({ root, name, decision }: OpenHere): object {
  const { kind, task, message, show, choices, phraseRequired, sendBackTo, fields, expiresAt, onExpiry } =
    decision;
  return {
    id: name,
    kind,
    run: root,
    task,
    title: message,
    facts: show?.show ?? null,
    choices,
    fields,
    sendBackTo,
    phraseRequired,
    expiresAt: expiresAt === null ? null : instant(expiresAt),
    onExpiry,
  };
}

/** `field=value`, in the type that the decision declares for the field; what it does not declare is refused later. */
export function readFields(
  declared: JsonMap | null,
  pairs: readonly string[],
  readFile: (path: string) => Result<string>,
): Result<JsonMap> {
  const seen = new Set<string>();
  const rules = { typeOf: (name: string) => typeOf(own(declared ?? {}, name)), readFile, flag: "--set" };
  const read = pairs.map((pair) => readPair(pair, seen, rules));
  const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
  if (problems.length > 0) return bad(...problems);
  return good(Object.fromEntries(read.flatMap((one) => (one.ok ? [[one.value.name, one.value.value]] : []))));
}

const TYPES = ["string", "number", "boolean", "array", "object"] as const;

function typeOf(field: Json | undefined): (typeof TYPES)[number] | undefined {
  const type = isMap(field) ? field.type : undefined;
  return TYPES.find((one) => one === type);
}

/** Gives the answer. With no owner this process becomes it, and follows the run as `resume` does. */
export async function decide(context: Context, typed: string | null, said: Said): Promise<number> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const open = take(findDecision(context, reader, typed));
  const refused = refuseProgram(process.pid);
  if (refused !== null) throw new Refused([refused]);
  const readFile = (path: string) => readTextFile(context.application, path, project.config.limits);
  const { set, ...plain } = said;
  const fields = take(readFields(open.decision.fields, set, readFile));
  const answer = await completed(context, reader, open, { ...plain, fields });
  if (answer === null) return EXIT.waiting;
  const input = {
    run: open.run,
    root: open.root,
    decision: open.decision.id,
    digest: open.decision.digest,
    ...answer,
    phrase: answer.phrase ?? null,
    to: answer.to ?? null,
  };
  const give = (call: CallOwner) => giveAnswer(context, project, call, input);
  return withOwner(context.application, project, { durability: null, slots: null }, (reached, isAgain) => {
    const stands = isAgain && isMade(reader, open, answer, context.application.user);
    return giveTo(reached, { context, project, reader, open, answer, give: stands ? null : give });
  });
}

interface Giving {
  readonly context: Context;
  readonly project: Project;
  readonly reader: Reader;
  readonly open: OpenHere;
  readonly answer: Answer;
  /** null: it stands already. */
  readonly give: ((call: CallOwner) => Promise<Result<unknown>>) | null;
}

async function giveTo(reached: Reached, { context, project, reader, open, answer, give }: Giving) {
  const call = await reached.operations();
  if (reached.kind === "there") {
    if (give !== null) take(await give(call));
    print(context, open, answer);
    return paused(context, reader, open);
  }
  const seen = await stayWith(
    { context, project, reached, wait: false },
    async ({ follower, take: show }) => {
      follower.expect(open.root);
      if (give !== null) take(await give(call));
      // Nothing of it goes on by itself: there is nothing to stay for.
      if (isPaused(reader, open)) follower.forget(open.root);
      else show(open.root, "watched");
    },
  );
  if (seen.stops.size === 0) {
    print(context, open, answer);
    return paused(context, reader, open);
  }
  return finish({ context, ...seen, isOne: true });
}

/** An owner that ended before it answered may have taken it. */
function isMade(reader: Reader, { run, decision }: OpenHere, { choice }: Answer, by: string): boolean {
  return reader
    .entries(run)
    .some(
      ({ event }) =>
        event.type === "decision.made" &&
        event.decision === decision.id &&
        event.choice === choice &&
        event.by === by,
    );
}

function isPaused(reader: Reader, { root }: OpenHere): boolean {
  return reader.run(root)?.status === "paused";
}

/** What was decided stands; a paused run goes on with it when somebody says so. */
function paused(context: Context, reader: Reader, open: OpenHere): number {
  if (!isPaused(reader, open)) return EXIT.done;
  const { calledAs } = context.application;
  hint(context, `paused; go on: ${calledAs} resume ${shortRun(reader, open.root)}`);
  return EXIT.done;
}

export function findDecision(
  { application }: Context,
  reader: Reader,
  typed: string | null,
): Result<OpenHere> {
  const open = openInProject(reader);
  const hint = open.length === 0 ? "nothing waits for you" : `${application.calledAs} inbox`;
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
      bad({ code: "E_NOT_FOUND", message: `there is no decision ${shown} in this project`, hint })
    );
  if (found.length === 1) return good(first);
  const message = `${typed === null ? "this" : shown} means ${found.length} decisions`;
  return bad({ code: "E_AMBIGUOUS", message, hint: namesIn(found.map(({ name }) => name)) });
}

/** Somebody else was faster, or this person was here before. */
function decidedBefore(reader: Reader, shown: string, suffix: string): Result<never> | null {
  const made = new Map<string, string>();
  for (const { run } of reader.runs({ limit: EARLIER_RUNS })) {
    for (const { event, at } of reader.entries(run)) {
      if (event.type !== "decision.made") continue;
      const name = decisionName(run, event.decision);
      const how = `${clean(event.choice, 40)} by ${clean(event.by, 40)} (${clean(event.via, 20)})`;
      if (name.endsWith(suffix)) made.set(name, `${how} at ${localTime().clock(at)}`);
    }
  }
  const [how] = made.values();
  if (how === undefined) return null;
  if (made.size === 1)
    return bad({
      code: "E_DECIDED",
      message: `${shown} was already decided: ${how}`,
      hint: "nothing changed",
    });
  const message = `${shown} means ${made.size} decisions that were already made`;
  return bad({ code: "E_AMBIGUOUS", message, hint: namesIn(shortDecisions([...made.keys()])) });
}

function namesIn(names: readonly string[]): string {
  return names.slice(0, NAMES_SHOWN).join(", ");
}

/** With the phrase, typed here when it was not given; null: left for later. */
async function completed(
  context: Context,
  reader: Reader,
  { run, root, name, decision }: OpenHere,
  said: Omit<Said, "set"> & { readonly fields: JsonMap },
): Promise<(Answer & { comment: string | null }) | null> {
  const { phrase, to, ...plain } = said;
  const { err } = context;
  const question: Question = {
    run,
    name,
    runName: shortRun(reader, root),
    decision,
    phrase: phraseOf(reader.workflow(run), decision),
  };
  if (isAttended(context)) err.lines(questionLines(err, question, localTime()));
  const isTyped = question.phrase === null || said.choice !== "approve" || phrase !== null;
  if (isTyped || !isAttended(context))
    return { ...plain, ...(phrase !== null && { phrase }), ...(to !== null && { to }) };
  const answer = await ask(question, { signal: new AbortController().signal, onInterrupt: () => {} });
  if (answer === null || answer === "withdrawn") err.line("  nothing was decided");
  if (answer === null || answer === "withdrawn" || "wrong" in answer) return null;
  // What was said on the command line counts for whatever is decided here; fields are those of an approval.
  const comment = answer.comment ?? said.comment;
  return answer.choice === "approve" ? { ...answer, comment, fields: said.fields } : { ...answer, comment };
}

function print(
  { application, globals, out }: Context,
  { root, name: id, decision }: OpenHere,
  { choice }: Answer,
): void {
  const by = application.user;
  if (globals.json || globals.jsonl) {
    const document = { schemaVersion: 1, decision: { id, run: root, task: decision.task, choice, by } };
    out.line(globals.json ? jsonText(document) : JSON.stringify(document));
  } else {
    out.line(
      `${out.paint("green", "✓")} ${clean(choice)} by ${clean(by, 40)} (cli)  ${clean(decision.task)} ${id}`,
    );
  }
}
