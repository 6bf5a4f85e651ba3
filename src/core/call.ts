import type { Json, JsonMap } from "./json.ts";
import { fail, kindOf, type Meter, type Place } from "./meter.ts";

export interface FunctionDefinition {
  readonly least: number;
  readonly most: number;
  /** Shown to people who gave the wrong number of arguments. */
  readonly usage: string;
  readonly run: (call: Call) => Json;
}

interface CallFacts {
  readonly name: string;
  readonly given: readonly Json[];
  readonly places: readonly Place[];
  readonly place: Place;
  readonly meter: Meter;
  readonly sha256: (text: string) => string;
}

const ORDINALS = ["first", "second", "third", "fourth"];

/** The arguments of one call, read by type. */
export class Call {
  readonly given: readonly Json[];
  readonly place: Place;
  readonly meter: Meter;
  readonly sha256: (text: string) => string;
  private readonly name: string;
  private readonly places: readonly Place[];

  constructor(facts: CallFacts) {
    this.name = facts.name;
    this.given = facts.given;
    this.places = facts.places;
    this.place = facts.place;
    this.meter = facts.meter;
    this.sha256 = facts.sha256;
  }

  has(index: number): boolean {
    return index < this.given.length;
  }

  value(index: number): Json {
    return this.given[index] as Json;
  }

  placeOf(index: number): Place {
    return this.places[index] ?? this.place;
  }

  text(index: number): string {
    const value = this.value(index);
    if (typeof value !== "string") return this.wrong(index, "a text");
    this.meter.look(value.length, this.place);
    return value;
  }

  number(index: number): number {
    const value = this.value(index);
    return typeof value === "number" ? value : this.wrong(index, "a number");
  }

  whole(index: number): number {
    const value = this.number(index);
    return Number.isSafeInteger(value) ? value : this.fail(`takes a whole number, not ${value}`, index);
  }

  list(index: number): readonly Json[] {
    const value = this.value(index);
    if (!Array.isArray(value)) return this.wrong(index, "a list");
    this.meter.lookAtItems(value.length, this.place);
    return value;
  }

  map(index: number): JsonMap {
    const value = this.value(index);
    return kindOf(value) === "a map" ? (value as JsonMap) : this.wrong(index, "a map");
  }

  /** Refuses an argument of another type. */
  wrong(index: number, wanted: string): never {
    const which = this.given.length === 1 ? "" : ` as ${ORDINALS[index] ?? "each"} argument`;
    return this.fail(`takes ${wanted}${which}, not ${kindOf(this.value(index))}`, index);
  }

  fail(words: string, index?: number, hint?: string): never {
    fail(
      "E_EXPR_TYPE",
      `fn:${this.name} ${words}`,
      index === undefined ? this.place : this.placeOf(index),
      hint,
    );
  }

  /** Refuses a text that would become too large, before it is made. */
  room(units: number): void {
    this.meter.room(units, this.place);
  }
}
