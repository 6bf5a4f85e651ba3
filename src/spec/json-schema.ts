/** The supported part of JSON Schema (formats.md 1.12): check a schema, check a value, make the smallest value. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { loadNow } from "../port/load-now.ts";
import { nearest } from "./nearest.ts";
import { isPattern } from "./pattern.ts";
import { type Misfit, misfits } from "./schema-fit.ts";
import { pointer } from "./schema-place.ts";

export type { Misfit } from "./schema-fit.ts";

export interface SchemaProblem {
  readonly code: "E_SCHEMA_KEYWORD" | "E_TOO_LARGE" | "E_DEPTH";
  readonly message: string;
  /** JSON pointer into the schema. */
  readonly path: string;
}

/** A schema that was checked. */
export interface Schema {
  readonly json: Json;
}

export type CompiledSchema =
  | { readonly ok: true; readonly schema: Schema }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

export const SCHEMA_LIMITS = { depth: 64, schemas: 10_000, problems: 100 } as const;

export function compileSchema(schema: Json): CompiledSchema {
  const problems = checkSchema(schema);
  return problems.length === 0 ? { ok: true, schema: { json: schema } } : { ok: false, problems };
}

/** Every problem of a schema, at most 100. */
export function checkSchema(schema: Json): readonly SchemaProblem[] {
  const check = new Check();
  check.schema(schema, []);
  check.references();
  return check.problems.slice(0, SCHEMA_LIMITS.problems);
}

/** Everything in which a value does not fit a checked schema; empty when it fits. */
export function fits(schema: Json, value: Json): readonly Misfit[] {
  return misfits(schema, value);
}

/** The smallest value that fits a checked schema; null when none can be found. Only rehearsals ask. */
export function smallest(schema: Json): Json {
  const { smallestValue } = loadNow<typeof import("./schema-smallest.ts")>(
    import.meta.url,
    "schema-smallest",
  );
  return smallestValue(schema);
}

type Place = readonly (string | number)[];

const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"];
const ANNOTATIONS = ["title", "description", "default", "examples", "$schema", "$comment"];
const SUBSCHEMA_LISTS = ["oneOf", "anyOf", "allOf"];
const SUBSCHEMA_MAPS = ["properties", "$defs", "definitions"];
const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
const KEYWORDS = [
  ...["type", "enum", "const", "required", "additionalProperties", "items", "pattern", "$ref"],
  ...[...ANNOTATIONS, ...SUBSCHEMA_LISTS, ...SUBSCHEMA_MAPS, ...NUMBERS, ...COUNTS],
];

class Check {
  readonly problems: SchemaProblem[] = [];
  private readonly known = new Set<string>();
  private readonly wanted: { readonly target: string; readonly at: Place }[] = [];

  schema(schema: Json, at: Place): void {
    if (this.known.size >= SCHEMA_LIMITS.schemas) {
      const isFirst = !this.problems.some(({ code }) => code === "E_TOO_LARGE");
      if (isFirst) this.report(at, `the schema has more than ${SCHEMA_LIMITS.schemas} parts`, "E_TOO_LARGE");
      return;
    }
    if (at.length > SCHEMA_LIMITS.depth * 2) {
      return this.report(at, `the schema is nested deeper than ${SCHEMA_LIMITS.depth} levels`, "E_DEPTH");
    }
    this.known.add(pointer(at));
    if (typeof schema === "boolean") return;
    if (!isMap(schema)) return this.report(at, "a schema is a map, true or false");
    for (const [keyword, value] of Object.entries(schema)) this.keyword(keyword, value, [...at, keyword]);
    this.order(schema, at);
  }

  /** A reference may only lead to a place that was read as a schema. */
  references(): void {
    for (const { target, at } of this.wanted) {
      if (!this.known.has(target)) this.report(at, `there is no schema at #${target}`);
    }
  }

  private report(at: Place, message: string, code: SchemaProblem["code"] = "E_SCHEMA_KEYWORD"): void {
    this.problems.push({ code, message, path: pointer(at) });
  }

  private keyword(keyword: string, value: Json, at: Place): void {
    if (keyword.startsWith("x-") || ANNOTATIONS.includes(keyword) || keyword === "const") return;
    if (SUBSCHEMA_LISTS.includes(keyword)) return this.schemas(value, at);
    if (SUBSCHEMA_MAPS.includes(keyword)) return this.schemaMap(value, at);
    if (keyword === "items" || keyword === "additionalProperties") return this.schema(value, at);
    if (NUMBERS.includes(keyword)) return this.expect(typeof value === "number", at, "must be a number");
    if (COUNTS.includes(keyword)) {
      return this.expect(
        Number.isInteger(value) && (value as number) >= 0,
        at,
        "must be a whole number from 0 on",
      );
    }
    switch (keyword) {
      case "type":
        return this.expect(isTypes(value), at, `must be one of ${TYPES.join(", ")}, or a list of them`);
      case "enum":
        return this.expect(
          Array.isArray(value) && value.length > 0,
          at,
          "must be a list with at least one value",
        );
      case "required":
        return this.expect(isTexts(value), at, "must be a list of names");
      case "pattern":
        return this.expect(
          typeof value === "string" && isPattern(value),
          at,
          "must be an RE2 regular expression of at most 1,000 characters",
        );
      case "$ref":
        return this.reference(value, at);
      default:
        return this.unknown(keyword, at);
    }
  }

  private unknown(keyword: string, at: Place): void {
    const meant = nearest(keyword, KEYWORDS);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    this.report(at, `the schema keyword ${keyword} is not supported${hint}`);
  }

  private expect(isRight: boolean, at: Place, words: string): void {
    if (!isRight) this.report(at, `${at.at(-1)} ${words}`);
  }

  private schemas(value: Json, at: Place): void {
    if (!Array.isArray(value) || value.length === 0)
      return this.expect(false, at, "must be a list of schemas");
    for (const [index, item] of value.entries()) this.schema(item, [...at, index]);
  }

  private schemaMap(value: Json, at: Place): void {
    if (!isMap(value)) return this.expect(false, at, "must be a map of schemas");
    for (const [key, item] of Object.entries(value)) this.schema(item, [...at, key]);
  }

  private reference(value: Json, at: Place): void {
    const isLocal = typeof value === "string" && /^#(?:\/|$)/.test(value);
    if (!isLocal) return this.expect(false, at, "must point into this schema, as in #/$defs/name");
    this.wanted.push({ target: value.slice(1), at });
  }

  /** A least above its most fits nothing, which nobody means. */
  private order(schema: JsonMap, at: Place): void {
    for (const name of ["imum", "Length", "Items", "Properties"]) {
      const [least, most] = [schema[`min${name}`], schema[`max${name}`]];
      if (typeof least === "number" && typeof most === "number" && least > most) {
        this.report(at, `min${name} is above max${name}`);
      }
    }
  }
}

function isTypes(value: Json): boolean {
  const types = Array.isArray(value) ? value : [value];
  return types.length > 0 && types.every((type) => typeof type === "string" && TYPES.includes(type));
}

function isTexts(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
