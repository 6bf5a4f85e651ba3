/** The invocations of a loop, from its journal: what each was asked, what it used and what it got done. */
import type { Json, JsonMap } from "../../core/json.ts";
import { INVOCATIONS_MAX, LOOP_LABEL } from "../../exchange/maintask/loop-workflow.ts";
import type { RunRow } from "../../host/host.ts";
import type { Outputs } from "../../work/outputs.ts";
import type { Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { type Cell, printTable } from "../table.ts";
import { duration, money } from "../text.ts";
import { isClosed, styledTask } from "../words.ts";
import { passOutput } from "./pass-output.ts";

export interface Invocation {
  readonly number: number;
  /** The run of the pass. */
  readonly run: string;
  readonly state: string;
  /** decompose, execute, gather, synthesize or check; null: it has not looked yet. */
  readonly action: string | null;
  readonly next: string | null;
  readonly task: string | null;
  readonly focus: string | null;
  /** Of MAIN_TASK, when it began. */
  readonly revision: number | null;
  readonly durationSeconds: number | null;
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** What it changed, in words; null: that was not looked at yet. */
  readonly changes: readonly string[] | null;
  readonly problems: readonly string[];
  readonly stop: string | null;
}

export interface Recorded {
  readonly reader: Reader;
  readonly outputs: Outputs;
  readonly now: number;
}

/** Oldest first; none of a run that is no loop. */
export function invocationsOf(recorded: Recorded, { run, label }: RunRow): readonly Invocation[] {
  if (label !== LOOP_LABEL) return [];
  const passes = recorded.reader.runs({ parent: run, limit: INVOCATIONS_MAX });
  return passes.toReversed().map((pass, place) => invocationOf(recorded, pass, place + 1));
}

function invocationOf({ reader, outputs, now }: Recorded, pass: RunRow, place: number): Invocation {
  const tasks = reader.tasks(pass.run);
  const [looked, act, checked] = ["look", "act", "check"].map((id) => tasks.find(({ task }) => task === id));
  const [seen, found] = [passOutput(outputs, looked), passOutput(outputs, checked)];
  return {
    number: place,
    run: pass.run,
    state: act?.status === "skipped" ? "skipped" : pass.status,
    action: textIn(seen, "action"),
    next: textIn(seen, "next"),
    task: textIn(seen, "task"),
    focus: textIn(seen, "focus"),
    revision: typeof seen?.revision === "number" ? seen.revision : null,
    durationSeconds: ((pass.endedAt ?? now) - pass.startedAt) / 1000,
    tokens: pass.tokens,
    costUsd: pass.costUsd,
    changes: found === null ? null : textsIn(found, "changes"),
    problems: found === null ? [] : textsIn(found, "problems"),
    stop: textIn(found, "stop"),
  };
}

function textIn(map: JsonMap | null, name: string): string | null {
  const value = map?.[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function textsIn(map: JsonMap, name: string): readonly string[] {
  return Array.isArray(map[name]) ? (map[name] as readonly Json[]).map(String) : [];
}

const HEADERS = ["INVOCATION", "ACTION", "NEXT", "STATE", "TIME", "TOKENS", "COST", "CHANGED"];

export function printInvocations({ out, globals }: Context, invocations: readonly Invocation[]): void {
  if (invocations.length === 0) return;
  out.line();
  printTable(out, { headers: HEADERS, rows: invocations.map(cellsOf) }, globals.wide);
}

function cellsOf(one: Invocation): readonly Cell[] {
  const { number, action, next, state, durationSeconds, tokens, costUsd, changes, problems } = one;
  const changed =
    changes === null ? "" : [...changes, ...problems.map((problem) => `! ${problem}`)].join(", ");
  return [
    { text: String(number) },
    { text: action ?? "" },
    { text: clean(next ?? "", 120) },
    stateCell(state),
    { text: durationSeconds === null ? "" : duration(durationSeconds * 1000) },
    { text: tokens === null ? "" : tokens.toLocaleString("en") },
    { text: money(costUsd) },
    { text: clean(changes !== null && changed === "" ? "nothing" : changed, 300) },
  ];
}

function stateCell(state: string): Cell {
  const look = styledTask(state);
  return { text: `${look.glyph} ${look.word}`, style: look.style };
}

/** Of each loop that goes on, what it does now: one line each. */
export function loopLines(recorded: Recorded, rows: readonly RunRow[], nameOf: (row: RunRow) => string) {
  return rows.flatMap((row) => {
    const last = isClosed(row.status) ? undefined : invocationsOf(recorded, row).at(-1);
    if (last === undefined) return [];
    const what = [last.action, last.next].filter((text) => text !== null).join(" · ");
    return [clean(`${nameOf(row)}  invocation ${last.number}${what === "" ? "" : `: ${what}`}`, 200)];
  });
}
