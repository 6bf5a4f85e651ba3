/** Does a value fit a schema? Every misfit in words, with its place. */
import { equal, isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { nearest } from "./nearest.ts";
import { isFound } from "./pattern.ts";
import { pointer, referenced } from "./schema-place.ts";

export interface Misfit {
  /** JSON pointer into the value. */
  readonly path: string;
  readonly message: string;
}

const LIMITS = { steps: 1_000_000, depth: 200, misfits: 100 } as const;

type Place = readonly (string | number)[];

/** At most 100 misfits, in the order of the value. `schema` may be a part; `root` is what references point into. Counts its steps, as alternatives can multiply. */
export function misfits(root: Json, value: Json, schema: Json = root): readonly Misfit[] {
  const fit = new Fit(root);
  const found: Misfit[] = [];
  fit.schema({ schema, value, at: [], depth: 0, found });
  // Beyond the steps nothing was looked at, so what was found until then says little.
  if (fit.isExhausted()) return [{ path: "", message: "is too large for its schema to be checked" }];
  return found.slice(0, LIMITS.misfits);
}

interface Question {
  readonly schema: Json;
  readonly value: Json;
  readonly at: Place;
  readonly depth: number;
  readonly found: Misfit[];
}

interface MapQuestion extends Question {
  readonly schema: JsonMap;
}

class Fit {
  private readonly root: Json;
  private steps = 0;

  constructor(root: Json) {
    this.root = root;
  }

  isExhausted(): boolean {
    return this.steps > LIMITS.steps;
  }

  schema(question: Question): void {
    const { schema, depth } = question;
    this.steps += 1;
    if (this.isExhausted()) return;
    if (depth > LIMITS.depth) return report(question, "is nested too deeply, or its schema refers to itself");
    if (schema === false) return report(question, "must not be there");
    if (!isMap(schema)) return;
    const asked: MapQuestion = { ...question, schema, depth: depth + 1 };
    if (!fitsType(asked)) return;
    fitsValues(asked);
    if (typeof asked.value === "number") fitsNumber(asked, asked.value);
    if (typeof asked.value === "string") fitsText(asked, asked.value);
    if (Array.isArray(asked.value)) this.list(asked, asked.value);
    else if (isMap(asked.value)) this.map(asked, asked.value);
    this.combined(asked);
  }

  private list(question: MapQuestion, list: readonly Json[]): void {
    fitsCount(question, list.length, { least: "minItems", most: "maxItems", what: "item" });
    const { items } = question.schema;
    if (items === undefined) return;
    for (const [index, value] of list.entries()) {
      this.schema({ ...question, schema: items, value, at: [...question.at, index] });
    }
  }

  private map(question: MapQuestion, map: JsonMap): void {
    const { schema, at } = question;
    fitsCount(question, Object.keys(map).length, {
      least: "minProperties",
      most: "maxProperties",
      what: "key",
    });
    for (const name of (schema.required ?? []) as readonly string[]) {
      if (!Object.hasOwn(map, name)) report(question, `lacks ${JSON.stringify(name)}`);
    }
    const properties = (schema.properties ?? {}) as JsonMap;
    for (const [key, value] of Object.entries(map)) {
      const property = own(properties, key);
      const below = { ...question, value, at: [...at, key] };
      if (property !== undefined) this.schema({ ...below, schema: property });
      else if (schema.additionalProperties === false)
        report(question, unknownKey(key, Object.keys(properties)));
      else if (schema.additionalProperties !== undefined)
        this.schema({ ...below, schema: schema.additionalProperties });
    }
  }

  private combined(question: MapQuestion): void {
    const { schema } = question;
    if (typeof schema.$ref === "string") {
      const target = referenced(this.root, schema.$ref);
      if (target !== undefined) this.schema({ ...question, schema: target });
    }
    for (const part of (schema.allOf ?? []) as readonly Json[]) this.schema({ ...question, schema: part });
    if (schema.anyOf !== undefined) this.alternatives(question, schema.anyOf as readonly Json[], false);
    if (schema.oneOf !== undefined) this.alternatives(question, schema.oneOf as readonly Json[], true);
  }

  private alternatives(question: MapQuestion, schemas: readonly Json[], isExclusive: boolean): void {
    const tried = schemas.map((schema) => {
      const found: Misfit[] = [];
      this.schema({ ...question, schema, found });
      return found;
    });
    const count = tried.filter((found) => found.length === 0).length;
    if (count === 0) report(question, `fits none of ${schemas.length} alternatives: ${reasons(tried)}`);
    if (count > 1 && isExclusive) report(question, `fits ${count} alternatives, and only one is allowed`);
  }
}

function report({ found, at }: Question, message: string): void {
  found.push({ path: pointer(at), message });
}

function reasons(tried: readonly (readonly Misfit[])[]): string {
  const shown = tried.slice(0, 5).map((found, index) => {
    const first = found[0] as Misfit;
    return `(${index + 1}) ${first.path}${first.path === "" ? "" : " "}${first.message}`.slice(0, 200);
  });
  return `${shown.join("; ")}${tried.length > shown.length ? "; …" : ""}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `has a key ${shown(key)} that is not allowed${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  string: "a text",
  array: "a list",
  object: "a map",
};

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

function fitsType(question: MapQuestion): boolean {
  const { type } = question.schema;
  if (type === undefined) return true;
  const types = (Array.isArray(type) ? type : [type]) as readonly string[];
  const actual = typeOf(question.value);
  const fits = types.some((one) => one === actual || (one === "integer" && Number.isInteger(question.value)));
  if (!fits)
    report(
      question,
      `must be ${types.map((one) => TYPE_NAMES[one]).join(" or ")}, is ${describe(question.value)}`,
    );
  return fits;
}

function describe(value: Json): string {
  const name = TYPE_NAMES[typeOf(value)] as string;
  return typeof value === "object" ? name : `${name} (${shown(value)})`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
}

function fitsValues(question: MapQuestion): void {
  const { schema, value } = question;
  if (schema.const !== undefined && !equal(schema.const, value)) {
    report(question, `must be ${shown(schema.const)}, is ${shown(value)}`);
  }
  if (schema.enum === undefined) return;
  const allowed = schema.enum as readonly Json[];
  if (allowed.some((one) => equal(one, value))) return;
  const list = allowed.slice(0, 12).map(shown).join(", ");
  report(question, `must be one of ${list}${allowed.length > 12 ? ", …" : ""}; is ${shown(value)}`);
}

function fitsNumber(question: MapQuestion, value: number): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = question.schema;
  const say = (words: string, bound: Json) => report(question, `must be ${words} ${bound}, is ${value}`);
  if (typeof minimum === "number" && value < minimum) say("at least", minimum);
  if (typeof maximum === "number" && value > maximum) say("at most", maximum);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) say("more than", exclusiveMinimum);
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) say("less than", exclusiveMaximum);
}

function fitsText(question: MapQuestion, value: string): void {
  const { schema } = question;
  if (schema.minLength !== undefined || schema.maxLength !== undefined) {
    fitsCount(question, Array.from(value).length, {
      least: "minLength",
      most: "maxLength",
      what: "character",
    });
  }
  const { pattern } = schema;
  if (typeof pattern === "string" && !isFound(pattern, value))
    report(question, `must match ${pattern}, is ${shown(value)}`);
}

interface Count {
  readonly least: string;
  readonly most: string;
  readonly what: string;
}

function fitsCount(question: MapQuestion, count: number, { least, most, what }: Count): void {
  const [minimum, maximum] = [question.schema[least], question.schema[most]];
  const say = (words: string, bound: number) =>
    report(question, `must have ${words} ${bound} ${what}${bound === 1 ? "" : "s"}, has ${count}`);
  if (typeof minimum === "number" && count < minimum) say("at least", minimum);
  if (typeof maximum === "number" && count > maximum) say("at most", maximum);
}
