/** decapod timeline: when each task of a run was ready, waited and ran. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import type { Recorded } from "../../picture/level.ts";
import { type Timeline, timelineOf } from "../../picture/timeline.ts";
import { type Figures, figuresOf } from "../../picture/timeline-rows.ts";
import type { Reader } from "../application.ts";
import { type Context, type Options, projectOf, readerOf } from "../context.ts";
import { findRun, shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { invocationsOf, printInvocations } from "../maintask/invocations.ts";
import { outputsOf } from "../maintask/pass-output.ts";
import { formatAsked } from "../picture-format.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { printTable } from "../table.ts";
import { duration, localTime } from "../text.ts";
import { isClosed, lookOfRun, painted } from "../words.ts";
import { workedOn } from "../worked-on.ts";

const FORMATS = ["text", "svg", "json"] as const;
/** A foreach over a group may have more; the newest are shown. */
const CHILDREN_MAX = 2000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { out, application } = context;
  const format = formatAsked(context, options, FORMATS);
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const row = reader.run(id);
  const rows = row === null ? [] : [row];
  const isWorkedOn = await workedOn(application, project, { reader, rows });
  const timeline = timelineOf(recorded(reader, id), rows.some(isWorkedOn) ? application.clock.wall() : null);
  if (timeline === null)
    throw refused("E_JOURNAL", `the definition of run ${id} is missing from the journal`);
  const seen = { reader, outputs: outputsOf(context, project), now: application.clock.wall() };
  const invocations = rows.flatMap((one) => invocationsOf(seen, one));
  const title = headText(timeline, shortRun(reader, id));
  switch (format) {
    case "svg": {
      const { timelineSvg } = await import("../../picture/timeline-svg.ts");
      out.output.write(timelineSvg(timeline, title, localTime().clock));
      break;
    }
    case "json": {
      const { timelineDocument } = await import("../../picture/timeline-json.ts");
      out.line(jsonText({ schemaVersion: 1, timeline: { ...timelineDocument(timeline), invocations } }));
      break;
    }
    case "text":
      await printText(context, timeline, title);
      printInvocations(context, invocations);
      break;
    default:
      format satisfies never;
  }
  return EXIT.done;
}

function recorded(reader: Reader, run: string): Recorded {
  const children = reader.runs({ parent: run, limit: CHILDREN_MAX });
  return { changes: reader.changes(run), children: children.map((child) => recorded(reader, child.run)) };
}

function headText({ run, length }: Timeline, name: string): string {
  const look = lookOfRun({ status: run.status, waitingFor: run.openDecisions, isInterrupted: false });
  return `timeline ${name}  ${clean(run.start.workflow)}  ${look.glyph} ${look.word}  ${duration(length)}`;
}

/** A picture for who looks; where nobody does, every attempt with its figures. */
async function printText({ out }: Context, timeline: Timeline, title: string): Promise<void> {
  const { clock } = localTime();
  if (out.columns === null) {
    const rows = figuresOf(timeline).map((figures) => cellsOf(figures, timeline.startedAt));
    return printTable(
      out,
      { headers: HEADERS, rows: rows.map((row) => row.map((text) => ({ text }))) },
      true,
    );
  }
  const { timelineLines } = await import("../../picture/timeline-lines.ts");
  out.line(out.paint("bold", title));
  for (const line of timelineLines(timeline, out.columns, clock)) out.line(painted(out, line).trimEnd());
  if (!isClosed(timeline.run.status)) out.line();
}

const HEADERS = [
  "START",
  "TASK",
  "ATTEMPT",
  "STATE",
  "QUEUED",
  "FOR PEOPLE",
  "WAITED",
  "RAN",
  "UNSEEN",
  "CRITICAL",
];

function cellsOf(figures: Figures, startedAt: number): readonly string[] {
  const { row, attempt, from, queuedMs, humanMs, waitedMs, ranMs, unknownMs, result } = figures;
  const time = (ms: number) => (ms === 0 ? "" : duration(ms));
  return [
    instant(startedAt + from),
    row.id,
    attempt === null ? "" : String(attempt),
    result,
    time(queuedMs),
    time(humanMs),
    time(waitedMs),
    time(ranMs),
    time(unknownMs),
    row.isCritical ? "critical" : "",
  ];
}
