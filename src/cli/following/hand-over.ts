/** A run that another process does: the owner there is, or one that was started in the background for it. */
import { EXIT, type Problem } from "../../core/problem.ts";
import type { ReachedOwner } from "../../host/embedded/reach.ts";
import type { RunRow } from "../../host/host.ts";
import type { Reader, WatchedJournal } from "../application.ts";
import { type Context, hint } from "../context.ts";
import { finish } from "../finish.ts";
import { shortRun } from "../ids.ts";
import { jsonText, withFields } from "../json.ts";
import { nextSteps } from "../next-steps.ts";
import { clean } from "../print.ts";
import { ownerIsOver } from "../reach.ts";
import { Refused, take } from "../refusal.ts";
import { runDocument } from "../run-document.ts";
import { earlierRun, type Start } from "../start-asked.ts";
import { isClosed, lookOfRun } from "../words.ts";
import { followThere } from "./follow-there.ts";

/** `again`: that owner ended before it took the run; whoever comes next may take it. */
export type Handed =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "again"; readonly problems: readonly Problem[] };

interface Handing {
  readonly start: Start;
  readonly owner: ReachedOwner;
  readonly journal: WatchedJournal;
  readonly run: string;
  /** The same key started it before. */
  readonly isKnown: boolean;
}

export async function handOver(start: Start, owner: ReachedOwner): Promise<Handed> {
  const { context, project, asked, checked } = start;
  const journal = take(await context.application.watch(project));
  if (journal === null) return { kind: "again", problems: [starting(owner)] };
  const earlier = earlierRun(context, journal.reader, checked, asked);
  const run = asked.run ?? context.application.newRunId();
  const handing = { start, owner, journal, run, isKnown: earlier !== null };
  if (earlier !== null && isClosed(earlier.status)) {
    const stops = new Map([[run, { kind: "ended", status: earlier.status } as const]]);
    return code(await finish({ context, reader: journal.reader, stops, isOne: true }));
  }
  if (asked.slots !== null) hint(context, "the process that owns the project keeps the slots it has");
  return asked.detach ? detached(handing) : followed(handing);
}

function code(value: number): Handed {
  return { kind: "code", code: value };
}

function starting({ record }: ReachedOwner): Problem {
  return { code: "E_BUSY", message: `process ${record.pid} is only opening the journal`, hint: "try again" };
}

/** null once the owner has it; else why not. Whatever came of the call: what stands in the journal has begun. */
async function ask({ start, owner, journal, run, isKnown }: Handing): Promise<readonly Problem[] | null> {
  const { checked, inputs, asked } = start;
  const { durability, options, trigger } = asked;
  const { params, environment } = inputs;
  const begun = isKnown
    ? await owner.client.call("runs.resume", { run })
    : await owner.client.call("runs.start", {
        run,
        workflow: checked.file,
        params,
        environment,
        options: { ...options, only: [...options.only], durability },
        ...(trigger !== undefined && { trigger }),
      });
  return begun.ok || (!isKnown && journal.reader.run(run) !== null) ? null : begun.problems;
}

function refusedOr(problems: readonly Problem[], { start }: Handing): Handed {
  if (ownerIsOver(problems)) return { kind: "again", problems };
  throw new Refused(problems, { text: start.checked.text, consequence: "nothing was started" });
}

async function followed(handing: Handing): Promise<Handed> {
  const { start, owner, journal, run, isKnown } = handing;
  const { context, project, asked, checked } = start;
  const problems = await ask(handing);
  if (problems !== null) return refusedOr(problems, handing);
  hint(context, `process ${owner.record.pid} owns this project, so the run goes on there`);
  const there = { context, project, journal, client: owner.client, wait: asked.wait, untilQuestion: false };
  const seen = await followThere(there, async (follower, watching) => {
    const known = isKnown ? watching.watch(run) : null;
    if (known !== null) return follower.add(known, "resumed");
    // From its first entry on, as if it ran here.
    follower.expect(run);
    watching.see(run);
  });
  const ended = await finish({ context, ...seen, isOne: true });
  if (ended === EXIT.done) nextSteps(context, checked.workflow.name);
  return code(ended);
}

async function detached(handing: Handing): Promise<Handed> {
  const { start, owner, journal, run } = handing;
  const problems = await ask(handing);
  if (problems !== null) return refusedOr(problems, handing);
  const row = journal.reader.run(run);
  if (row !== null) printDetached(start.context, journal.reader, row, owner.record.pid);
  return code(EXIT.done);
}

export function printDetached(context: Context, reader: Reader, row: RunRow, pid: number): void {
  const { application, globals, out } = context;
  if (globals.json || globals.jsonl) {
    const run = withFields(runDocument(reader, row, context), globals.fields);
    const document = { schemaVersion: 1, run };
    return out.line(globals.json ? jsonText(document) : JSON.stringify(document));
  }
  const name = shortRun(reader, row.run);
  const look = lookOfRun({ status: row.status, waitingFor: 0, isInterrupted: false });
  out.line(
    `${out.paint(look.style, `${look.glyph} ${look.word}`)}  ${clean(row.workflow)} ${name}  in the background, by process ${pid}`,
  );
  hint(context, `next: ${application.calledAs} watch ${name}`);
}
