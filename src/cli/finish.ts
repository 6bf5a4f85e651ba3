/** The end of a command that followed runs: what is printed, and the exit code. */
import { exitOf } from "../core/codes.ts";
import { EXIT, type Problem } from "../core/problem.ts";
import type { RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import type { Context } from "./context.ts";
import { lateQuestions } from "./deciding/late-questions.ts";
import { openDecisions } from "./deciding/open-decisions.ts";
import type { Signal, Stop } from "./following/follow.ts";
import { shortRun } from "./ids.ts";
import { jsonText, withFields } from "./json.ts";
import { decideCommand } from "./next-command.ts";
import { failureDocument, printProblems } from "./problems.ts";
import { exitOfRun, printSummary } from "./summary.ts";

const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;

export interface Finish {
  readonly context: Context;
  readonly reader: Reader;
  readonly stops: ReadonlyMap<string, Stop>;
  /** With --json: one document of one run, or of a list. */
  readonly isOne: boolean;
}

export async function finish({ context, reader, stops, isOne }: Finish): Promise<number> {
  const { globals, out } = context;
  const fault = [...stops.values()].find((stop) => stop.kind === "fault");
  if (globals.json)
    await printDocument(context, reader, { runs: [...stops.keys()], isOne, fault: fault?.problem ?? null });
  const codes = [...stops].map(([run, stop]) => {
    const row = reader.run(run);
    return row === null ? EXIT.environment : finishOne(context, reader, row, stop);
  });
  if (fault !== undefined && !globals.json) {
    printProblems(context.err, [fault.problem], null);
    if (globals.jsonl) out.line(JSON.stringify(failureDocument([fault.problem])));
  }
  return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
}

async function printDocument(
  context: Context,
  reader: Reader,
  {
    runs,
    isOne,
    fault,
  }: { readonly runs: readonly string[]; readonly isOne: boolean; readonly fault: Problem | null },
): Promise<void> {
  const { globals, out } = context;
  if (fault !== null) return out.line(jsonText(failureDocument([fault])));
  const { runDocument } = await import("./run-document.ts");
  const documents = runs.flatMap((id) => {
    const row = reader.run(id);
    return row === null ? [] : [withFields(runDocument(reader, row, context), globals.fields)];
  });
  out.line(
    jsonText(isOne ? { schemaVersion: 1, run: documents[0] ?? null } : { schemaVersion: 1, runs: documents }),
  );
}

function finishOne(context: Context, reader: Reader, row: RunRow, stop: Stop): number {
  const { globals, err, application } = context;
  const isHuman = !globals.json && !globals.jsonl;
  const name = shortRun(reader, row.run);
  switch (stop.kind) {
    case "ended":
      if (isHuman) printSummary(context, reader, row);
      return exitOfRun(row);
    case "interrupted":
      if (isHuman)
        err.line(`${err.paint("yellow", "◌ interrupted")}  go on: ${application.calledAs} resume ${name}`);
      return exitOfSignal(stop.signal);
    case "fault":
      if (isHuman)
        err.line(
          `run ${name} is kept as the journal has it; then go on: ${application.calledAs} resume ${name}`,
        );
      return exitOf(stop.problem.code);
    case "waits":
      return finishWaiting(context, reader, row, name);
    case "left":
      if (isHuman)
        err.line(
          `${err.paint("gray", "watching ended")}  run ${name} goes on: ${application.calledAs} watch ${name}`,
        );
      return stop.signal === null ? EXIT.done : exitOfSignal(stop.signal);
    case "orphaned":
      return finishOrphaned(context, reader, row, name);
    default:
      return stop satisfies never;
  }
}

function exitOfSignal(signal: Signal): number {
  return signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_TERMINATED;
}

/** What asks a person waits, with or without a process that would go on at once. */
function finishOrphaned(context: Context, reader: Reader, row: RunRow, name: string): number {
  const { globals, err, application } = context;
  if (openDecisions(reader, row).length > 0) return finishWaiting(context, reader, row, name);
  if (!globals.json && !globals.jsonl) {
    const resume = `${application.calledAs} resume ${name}`;
    err.line(
      row.status === "paused"
        ? `${err.paint("gray", "○ paused")}  the process that ran it has ended; go on: ${resume}`
        : `${err.paint("yellow", "◌ interrupted")}  the process that ran it has gone; go on: ${resume}`,
    );
  }
  return EXIT.waiting;
}

/** The decision and the command, once; the run is kept. A used-up budget is no question of patience. */
function finishWaiting(
  { globals, err, application }: Context,
  reader: Reader,
  row: RunRow,
  runName: string,
): number {
  const open = openDecisions(reader, row);
  if (!globals.json && !globals.jsonl) {
    if (open.length > 0) err.lines(lateQuestions().waitingLines(err, reader, open, runName));
    if (open.length > 0) err.line(`  decide at a terminal: ${decideCommand(application.calledAs, open)}`);
    if (open.length === 0) err.line(`run ${runName} waits; go on: ${application.calledAs} resume ${runName}`);
  }
  return open.length > 0 && open.every(({ decision }) => decision.kind === "budget")
    ? EXIT.refused
    : EXIT.waiting;
}
