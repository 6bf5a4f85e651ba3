/** Decisions by a command of their own: which one is meant, and giving the answer to whoever works on the run. */
import { fieldType } from "../../core/answer-fields.ts";
import { instant } from "../../core/calendar.ts";
import type { Decision } from "../../core/effect.ts";
import { GIVE_UP } from "../../core/escalation.ts";
import { type JsonMap, own } from "../../core/json.ts";
import { bad, EXIT, good, type Result } from "../../core/problem.ts";
import { refuseProgram, refuseTokenHolder } from "../../server/people.ts";
import { readPair } from "../../spec/params.ts";
import type { CallOwner, Project, Reached, Reader } from "../application.ts";
import { type Context, hint, isAttended, projectOf, readerOf } from "../context.ts";
import { finish } from "../finish.ts";
import type { Stop } from "../following/follow.ts";
import { stayWith } from "../following/follow-there.ts";
import { shortRun } from "../ids.ts";
import { readTextFile } from "../inputs.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { withOwner } from "../reach.ts";
import { Refused, take } from "../refusal.ts";
import { localTime } from "../text.ts";
import { type Answer, ask, phraseOf, type Question } from "./decide.ts";
import { findDecision, type OpenHere } from "./find-decision.ts";
import { giveAnswer } from "./give-answer.ts";
import { proposalLines, proposalsFor } from "./proposals.ts";
import { placeOf, questionLines } from "./question-lines.ts";
import { readToken } from "./token-file.ts";

/** What was said on the command line. */
export interface Said {
  readonly choice: string;
  readonly comment: string | null;
  /** `field=value`, as they were typed. */
  readonly set: readonly string[];
  readonly phrase: string | null;
  readonly to: string | null;
  /** Where the token of the person lies; null: they sit at a terminal. */
  readonly tokenFile: string | null;
}

export function decisionDocument({ root, name, decision }: OpenHere): object {
  const { kind, task, message, show, choices, phraseRequired, sendBackTo, fields, expiresAt, onExpiry } =
    decision;
  return {
    id: name,
    kind,
    run: root,
    task,
    item: decision.key ?? null,
    title: message,
    facts: show?.show ?? null,
    found: decision.facts ?? null,
    shown: decision.shown ?? null,
    production: decision.production ?? false,
    choices,
    offers: decision.offers ?? null,
    wants: decision.wants ?? null,
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
  const rules = { typeOf: (name: string) => fieldType(own(declared ?? {}, name)), readFile, flag: "--set" };
  const read = pairs.map((pair) => readPair(pair, seen, rules));
  const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
  if (problems.length > 0) return bad(...problems);
  return good(Object.fromEntries(read.flatMap((one) => (one.ok ? [[one.value.name, one.value.value]] : []))));
}

/** Gives the answer. With no owner this process becomes it, and follows the run as `resume` does. */
export async function decide(context: Context, typed: string | null, said: Said): Promise<number> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const open = take(findDecision(context, reader, typed));
  const { tokenFile, set, ...plain } = said;
  const refused = tokenFile === null ? refuseProgram(process.pid) : refuseTokenHolder(process.pid);
  if (refused !== null) throw new Refused([refused]);
  const token = tokenFile === null ? undefined : await readToken(context, project, tokenFile);
  const readFile = (path: string) => readTextFile(context.application, path, project.config.limits);
  const fields = take(readFields(open.decision.fields, set, readFile));
  const choice = wordFor(open.decision, plain.choice);
  const answer = await completed(context, reader, open, { ...plain, choice, fields });
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
  const give = (call: CallOwner) =>
    giveAnswer(context, project, (name, asked) => call(name, asked, token), input);
  return withOwner(context.application, project, { durability: null, slots: null }, (reached, isAgain) => {
    const via = isAgain ? madeVia(reader, open, answer.choice, context.application.user) : null;
    const giveOnce = via === null ? give : async () => good({ via });
    return giveTo(reached, { context, project, reader, open, answer, give: giveOnce });
  });
}

interface Giving {
  readonly context: Context;
  readonly project: Project;
  readonly reader: Reader;
  readonly open: OpenHere;
  readonly answer: Answer;
  readonly give: (call: CallOwner) => Promise<Result<{ readonly via: string }>>;
}

async function giveTo(reached: Reached, { context, project, reader, open, answer, give }: Giving) {
  const call = await reached.operations();
  if (reached.kind === "there") {
    print({ context, project, reader, open, answer }, take(await give(call)).via);
    return paused(context, reader, open);
  }
  let via = "";
  const seen = await stayWith(
    { context, project, reached, wait: false },
    async ({ follower, take: show }) => {
      follower.expect(open.root);
      via = take(await give(call)).via;
      // Nothing of it goes on by itself: there is nothing to stay for.
      if (isPaused(reader, open)) follower.forget(open.root);
      else show(open.root, "watched");
    },
  );
  if ([...seen.stops.values()].some(isCutShort)) return finish({ context, ...seen, isOne: true });
  print({ context, project, reader, open, answer }, via);
  if (seen.stops.size === 0) return paused(context, reader, open);
  const { globals } = context;
  if (!globals.json && !globals.jsonl) await finish({ context, ...seen, isOne: true });
  // As beside another owner: what becomes of the run is the run's own affair.
  return EXIT.done;
}

function isCutShort({ kind }: Stop): boolean {
  return kind === "fault" || kind === "interrupted";
}

/** How an answer was given that stands already: an owner that ended before it answered may have taken it. */
export function madeVia(
  reader: Reader,
  { run, decision }: OpenHere,
  choice: string,
  by: string,
): string | null {
  for (const { event } of reader.entries(run).toReversed())
    if (event.type === "decision.made" && event.decision === decision.id)
      return event.choice === choice && event.by === by ? event.via : null;
  return null;
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

/** How no is called where nobody asked for a yes. */
const NO_WORDS = [GIVE_UP, "fail", "stop"];

/** What `reject` says to a blocker or a used-up budget. */
export function wordFor({ kind, choices }: Pick<Decision, "kind" | "choices">, said: string): string {
  if (said !== "reject" || kind === "approval") return said;
  return choices.find((choice) => NO_WORDS.includes(choice)) ?? said;
}

/** With what only a person at a terminal says: the phrase, or which of several answers; null: left for later. */
async function completed(
  context: Context,
  reader: Reader,
  { run, root, name, decision }: OpenHere,
  said: Omit<Said, "set" | "tokenFile"> & { readonly fields: JsonMap },
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
  const isMissing = question.phrase === null ? !decision.choices.includes("approve") : phrase === null;
  if (said.choice !== "approve" || !isMissing || !isAttended(context))
    return { ...plain, ...(phrase !== null && { phrase }), ...(to !== null && { to }) };
  const answer = await ask(question, { signal: new AbortController().signal, onInterrupt: () => {} });
  if (answer === null || answer === "withdrawn") err.line("  nothing was decided");
  if (answer === null || answer === "withdrawn" || "wrong" in answer) return null;
  // What was said on the command line counts for whatever is decided here; fields are those of an approval.
  const comment = answer.comment ?? said.comment;
  return answer.choice === "approve" ? { ...answer, comment, fields: said.fields } : { ...answer, comment };
}

function print({ context, project, reader, open, answer }: Omit<Giving, "give">, via: string): void {
  const { application, globals, out } = context;
  const { root, name: id, decision } = open;
  const { choice } = answer;
  const by = application.user;
  const proposals = proposalsFor(application, project, reader, decision);
  if (globals.json || globals.jsonl) {
    const made = { id, run: root, task: decision.task, choice, by, via, proposals };
    const document = { schemaVersion: 1, decision: made };
    out.line(globals.json ? jsonText(document) : JSON.stringify(document));
    return;
  }
  out.line(
    `${out.paint("green", "✓")} ${clean(choice)} by ${clean(by, 40)} (${clean(via, 80)})  ${placeOf(decision)} ${id}`,
  );
  out.lines(proposalLines(application, proposals));
}
