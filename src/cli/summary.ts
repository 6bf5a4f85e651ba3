/** The last word on a run: what it came to, and the command that comes next. */
import { exitOf, refusalCode } from "../core/codes.ts";
import { isMap, type Json } from "../core/json.ts";
import { EXIT } from "../core/problem.ts";
import type { RunStatus } from "../core/run.ts";
import type { RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import { type Context, hint } from "./context.ts";
import { failureTexts } from "./failures.ts";
import { shortRun } from "./ids.ts";
import { type WorkPlace, workPlaceOf } from "./merged.ts";
import { clean } from "./print.ts";
import { duration, money } from "./text.ts";
import { lookOfRun } from "./words.ts";

const OUTPUT_MAX = 200;

/** How a run that has ended ends the command. */
export function exitOfRun({ status, failureClass, failureMessage, failedTask }: RunRow): number {
  if (status === "success") return EXIT.done;
  if (failureClass === "budget" || isRefusal(failureClass, failureMessage)) return EXIT.refused;
  if (failureClass === "timeout" && failedTask === null) return EXIT.timedOut;
  if (failureClass === "rejected") return EXIT.cancelled;
  return status === "cancelled" ? EXIT.cancelled : EXIT.runFailed;
}

function isRefusal(failureClass: string | null, message: string | null): boolean {
  const code = refusalCode(failureClass, message);
  return code !== null && exitOf(code) === EXIT.refused;
}

export function printSummary(context: Context, reader: Reader, row: RunRow): void {
  const { out, application } = context;
  const look = lookOfRun({ status: row.status, waitingFor: 0, isInterrupted: false });
  const name = shortRun(reader, row.run);
  const span = duration((row.endedAt ?? application.clock.wall()) - row.startedAt);
  const parts = [
    counts(reader.taskCounts(row.run)),
    span,
    money(row.costUsd),
    row.rehearse ? "REHEARSAL" : "",
  ].filter((part) => part !== "");
  out.line(
    `${out.paint(look.style, `${look.glyph} ${look.word}`)}  ${clean(row.workflow)} ${name}  ${parts.join(" · ")}`,
  );
  for (const text of failureTexts(reader, row)) out.line(`  ${text}`);
  for (const line of outputLines(givenBy(row.status, row.detail?.outputs ?? null))) out.line(line);
  for (const warning of warningsOf(row)) out.line(`  ${out.paint("yellow", "warning")} ${clean(warning)}`);
  hint(context, `next: ${nextCommand(context, name, row, workPlaceOf(context, reader, row.run))}`);
}

/** `9 success, 1 failed, 2 skipped` */
function counts(tasks: ReadonlyMap<string, number>): string {
  return [...tasks].map(([status, number]) => `${number} ${status}`).join(", ");
}

/** What a run that did not succeed never came to is null; to people it says nothing. */
export function givenBy(status: RunStatus, outputs: Json): Json {
  if (status === "success" || !isMap(outputs)) return outputs;
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== null));
}

function outputLines(outputs: Json): readonly string[] {
  if (!isMap(outputs)) return [];
  return Object.entries(outputs).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `  ${clean(name, 60)}: ${clean(text, OUTPUT_MAX)}`;
  });
}

function warningsOf({ detail }: RunRow): readonly string[] {
  const warnings = detail?.warnings;
  return Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === "string") : [];
}

function nextCommand(
  { application }: Context,
  name: string,
  { status, failedTask, failureClass }: RunRow,
  work: WorkPlace | null,
): string {
  const { calledAs } = application;
  if (status === "success" && work !== null) {
    const { branch, into } = work;
    const rest = into === null ? `, then git merge ${clean(branch)}` : ` (merged into ${clean(into)})`;
    return `${calledAs} diff ${name}${rest}`;
  }
  if (status === "success" || failedTask === null) return `${calledAs} show ${name}`;
  const retry = `${calledAs} retry ${name}`;
  // What a person refused printed nothing.
  return failureClass === "rejected" ? retry : `${calledAs} logs ${name} ${clean(failedTask)}, then ${retry}`;
}
