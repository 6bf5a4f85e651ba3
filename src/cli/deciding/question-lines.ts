/** A decision as it is shown: what the engine knows comes first, what agents wrote follows, escaped and cut. */
import type { Decision } from "../../core/effect.ts";
import { instanceName } from "../../core/id.ts";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Shown } from "../../core/measured.ts";
import { promptFor } from "../../core/production-message.ts";
import type { Reader } from "../application.ts";
import { clean, type Printer } from "../print.ts";
import { type LocalTime, localTime, width } from "../text.ts";
import { asQuestion, type Question } from "./decide.ts";
import type { OpenDecision } from "./open-decisions.ts";

const SHOWN_MAX = 400;
const LINES_MAX = 20;
const NEEDS_YOU = "◐ needs you";
const RULE_MAX = 4_000;
const FULL = { lines: 100_000, length: 10_000 };
const CUT = { lines: LINES_MAX, length: SHOWN_MAX };

type Cut = typeof CUT;

/** Of all that a run waits for. */
export function waitingLines(
  printer: Printer,
  reader: Reader,
  open: readonly OpenDecision[],
  runName: string,
): readonly string[] {
  return open.flatMap((one) => questionLines(printer, asQuestion(reader, one, runName), localTime()));
}

/** `isFull`: nothing is cut. */
export function questionLines(
  printer: Printer,
  { name, runName, decision, phrase }: Question,
  time: LocalTime,
  isFull = false,
): readonly string[] {
  const {
    kind,
    task,
    askedAt,
    expiresAt,
    onExpiry,
    message,
    show,
    shown,
    offers,
    wants,
    facts = [],
  } = decision;
  const cut = isFull ? FULL : CUT;
  const deadline =
    expiresAt === null
      ? ""
      : ` · expires ${time.date(expiresAt)} → ${onExpiry === "escalate" ? "escalated" : "rejected"}`;
  const head = `${kind} ${name}${task === "" ? "" : `  ${placeOf(decision)}`}`;
  const course = `run ${runName} · asked ${time.clock(askedAt)}${deadline}${deciders(decision)}`;
  return [
    ...headLines(printer, head, course),
    ...facts.map((fact) => `  ${printer.paint("gray", `${fact.name}:`)} ${clean(fact.text, SHOWN_MAX)}`),
    ...linesOf(message, "  ", cut),
    ...(decision.production === true && phrase !== null ? ["", `  ${promptFor(clean(phrase))}`] : []),
    ...(shown === undefined ? valueLines(show, cut) : workLines(shown, cut)),
    // Whole: a yes allows exactly these.
    ...(wants ?? []).map((rule) => `    allows  ${clean(rule, RULE_MAX)}`),
    ...(offers ?? []).map((offer) => `    - ${clean(offer, SHOWN_MAX)}`),
  ];
}

/** On one line where there is room for it. */
function headLines(printer: Printer, head: string, course: string): readonly string[] {
  const sign = `${NEEDS_YOU}  ${head}`;
  const shown = sign.replace(NEEDS_YOU, printer.paint("yellow", NEEDS_YOU));
  const isNarrow = printer.columns !== null && width(`${sign}   ${course}`) > printer.columns;
  return isNarrow ? [shown, `  ${course}`] : [`${shown}   ${course}`];
}

/** `TASK` or `TASK[key]`. */
export function placeOf({ task, key }: Decision): string {
  return clean(instanceName(task, key ?? null));
}

function deciders({ approvers, notBy }: Decision): string {
  if (approvers === undefined) return "";
  const names = approvers.filter((name) => name !== notBy).map((name) => clean(name, 40));
  const others = names.length === 0 ? "nobody" : names.join(" or ");
  const isBarred = notBy !== undefined && approvers.includes(notBy);
  return ` · approves: ${others}${isBarred ? `, not ${clean(notBy, 40)} who started it` : ""}`;
}

/** The file or the difference itself. */
function workLines({ of, text: told, linesLeft }: Shown, cut: Cut): readonly string[] {
  const left = linesLeft === 0 ? [] : [`    … ${linesLeft} more lines; look into the file itself`];
  return [`    ${clean(of)}`, ...linesOf(told.replace(/\n$/, ""), "    │ ", cut), ...left];
}

function valueLines(show: JsonMap | null, cut: Cut): readonly string[] {
  const value = show?.show ?? null;
  if (value === null) return [];
  if (isMap(value))
    return Object.entries(value).map(
      ([name, one]) => `    ${clean(name, 40)}  ${clean(text(one), cut.length)}`,
    );
  return linesOf(text(value), "    ", cut);
}

/** What is left out is said, with how to see it. */
function linesOf(told: string, indent: string, { lines: most, length }: Cut): readonly string[] {
  const lines = told.split("\n");
  const shown = lines.slice(0, most).map((line) => `${indent}${clean(line, length)}`);
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `${indent}… ${more} more lines: inbox --full shows all`];
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
