import { EXPRESSION_LIMITS, type ExpressionCode, ExpressionError, type Node } from "./expression/syntax.ts";
import type { Json } from "./json.ts";

/** A node's place is all an error needs. */
export type Place = Pick<Node, "offset" | "length">;

/** One step pays for this much text. */
const UNITS_PER_STEP = 1024;
/** A value takes about so much room in JSON; making a list costs more than that for each item. */
const UNITS_PER_VALUE = 8;
const UNITS_PER_ITEM = 32;

/** Counts what one evaluation costs, so that none can take long or grow large. */
export class Meter {
  private left: number = EXPRESSION_LIMITS.steps;

  /** Pays for one node. */
  step(place: Place): void {
    this.left -= 1;
    if (this.left < 0) throw outOfSteps(place);
  }

  /** Pays for looking through a text of this length. */
  look(units: number, place: Place): void {
    this.left -= Math.floor(units / UNITS_PER_STEP);
    if (this.left < 0) throw outOfSteps(place);
  }

  /** Pays for going through a list, or making one, of so many items. */
  lookAtItems(count: number, place: Place): void {
    this.look(count * UNITS_PER_ITEM, place);
  }

  /** Pays for walking through a whole value, before anything recursive does. Returns its size, roughly that of its JSON. */
  weigh(value: Json, place: Place): number {
    const units = unitsOf(value, { place, most: (this.left + 1) * UNITS_PER_STEP });
    this.look(units, place);
    return units;
  }

  /** Refuses a text or value that would become larger than results may be; asked before it is made. */
  room(units: number, place: Place): void {
    if (units > EXPRESSION_LIMITS.resultSize) {
      fail("E_EXPR_BUDGET", "the result would be larger than 1 MiB", place);
    }
  }
}

interface Bound {
  readonly place: Place;
  readonly most: number;
}

function unitsOf(value: Json, bound: Bound, depth = 0): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 0;
  if (depth >= EXPRESSION_LIMITS.valueDepth) {
    fail(
      "E_EXPR_BUDGET",
      `the value is nested deeper than ${EXPRESSION_LIMITS.valueDepth} levels`,
      bound.place,
    );
  }
  const isList = Array.isArray(value);
  const items = isList ? (value as readonly Json[]) : Object.values(value);
  let units = UNITS_PER_VALUE * (1 + items.length);
  if (!isList) for (const key of Object.keys(value)) units += key.length;
  for (const item of items) {
    // Most items are small, and a call for each would cost more than its weight.
    if (typeof item === "number" || typeof item === "boolean") continue;
    units += unitsOf(item, bound, depth + 1);
    if (units > bound.most) throw outOfSteps(bound.place);
  }
  return units;
}

function outOfSteps(place: Place): ExpressionError {
  return problemAt(
    "E_EXPR_BUDGET",
    "the expression takes too many steps",
    place,
    "work on smaller values, or in a script",
  );
}

/** Throws a problem that points at a place of the source. */
export function fail(code: ExpressionCode, message: string, place: Place, hint?: string): never {
  throw problemAt(code, message, place, hint);
}

function problemAt(code: ExpressionCode, message: string, place: Place, hint?: string): ExpressionError {
  const { offset, length } = place;
  return new ExpressionError({ code, message, offset, length, ...(hint === undefined ? {} : { hint }) });
}

/** What a value is, in the words of error messages. */
export function kindOf(value: Json): "null" | "true or false" | "a number" | "a text" | "a list" | "a map" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "boolean":
      return "true or false";
    case "number":
      return "a number";
    case "string":
      return "a text";
    default:
      return "a map";
  }
}

/** How a value goes into a text: strings as they are, null as nothing, the rest as JSON. */
export function asText(value: Json, meter: Meter, place: Place): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "object") meter.weigh(value, place);
  return JSON.stringify(value);
}

/** A number that JSON knows: never infinite, never minus zero. */
export function finite(value: number, place: Place): number {
  if (!Number.isFinite(value)) fail("E_EXPR_TYPE", "the result is too large for a number", place);
  return value === 0 ? 0 : value;
}
