/** The smallest value that fits a schema, for rehearsals. Tries candidates and checks each; it does not solve. */
import { canonical, equal, isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { sampleOf } from "./pattern-sample.ts";
import { misfits } from "./schema-fit.ts";
import { referenced } from "./schema-place.ts";

const LIMITS = { depth: 24, variants: 64, tries: 5000, items: 1000 } as const;

/** null when no candidate fits. */
export function smallestValue(root: Json): Json {
  const value = new Search(root).value([root], 0);
  return value !== undefined && misfits(root, value).length === 0 ? value : null;
}

/** Schemas that must all hold, without references and combinations. */
type Flat = readonly JsonMap[];

class Search {
  private readonly root: Json;
  private tries = 0;

  constructor(root: Json) {
    this.root = root;
  }

  /** A value that fits all of the schemas; undefined when none is found. */
  value(schemas: readonly Json[], depth: number): Json | undefined {
    this.tries += 1;
    if (depth > LIMITS.depth || this.tries > LIMITS.tries) return undefined;
    for (const flat of this.flatten(schemas, 0)) {
      const found = this.ofFlat(flat, depth);
      if (found !== undefined && schemas.every((schema) => this.fits(schema, found))) return found;
    }
    return undefined;
  }

  private fits(schema: Json, value: Json): boolean {
    return misfits(this.root, value, schema).length === 0;
  }

  private flatten(schemas: readonly Json[], depth: number): readonly Flat[] {
    if (depth > LIMITS.depth) return [];
    let variants: readonly Flat[] = [[]];
    for (const schema of schemas) {
      const own = this.flattenOne(schema, depth);
      variants = variants
        .flatMap((left) => own.map((right) => [...left, ...right]))
        .slice(0, LIMITS.variants);
    }
    return variants;
  }

  private flattenOne(schema: Json, depth: number): readonly Flat[] {
    if (schema === false) return [];
    if (!isMap(schema)) return [[]];
    const target = typeof schema.$ref === "string" ? referenced(this.root, schema.$ref) : undefined;
    const all = [...(target === undefined ? [] : [target]), ...((schema.allOf ?? []) as readonly Json[])];
    let variants = this.flatten(all, depth + 1).map((flat): Flat => [schema, ...flat]);
    for (const choices of [schema.anyOf, schema.oneOf]) {
      if (choices === undefined) continue;
      const each = (choices as readonly Json[]).flatMap((choice) => this.flatten([choice], depth + 1));
      variants = variants
        .flatMap((left) => each.map((right): Flat => [...left, ...right]))
        .slice(0, LIMITS.variants);
    }
    return variants;
  }

  private ofFlat(flat: Flat, depth: number): Json | undefined {
    const named = namedValues(flat);
    if (named !== null) return named.find((value) => flat.every((schema) => fitsShallow(schema, value)));
    for (const type of TYPES.filter((one) => flat.every((schema) => allowsType(schema, one)))) {
      const value = this.ofType(type, flat, depth);
      if (value !== undefined && flat.every((schema) => fitsShallow(schema, value))) return value;
    }
    return undefined;
  }

  private ofType(type: string, flat: Flat, depth: number): Json | undefined {
    switch (type) {
      case "null":
        return null;
      case "boolean":
        return false;
      case "integer":
      case "number":
        return numbersFor(flat, type).find((value) => flat.every((schema) => fitsShallow(schema, value)));
      case "string":
        return textsFor(flat).find((value) => flat.every((schema) => fitsShallow(schema, value)));
      case "array":
        return this.list(flat, depth);
      default:
        return this.map(flat, depth);
    }
  }

  private list(flat: Flat, depth: number): Json | undefined {
    const count = highest(flat, "minItems") ?? 0;
    if (count === 0) return [];
    const items = flat.flatMap((schema) => (schema.items === undefined ? [] : [schema.items]));
    const item = count > LIMITS.items ? undefined : this.value(items, depth + 1);
    return item === undefined ? undefined : Array.from({ length: count }, () => item);
  }

  private map(flat: Flat, depth: number): Json | undefined {
    const names = new Set(flat.flatMap((schema) => (schema.required ?? []) as readonly string[]));
    const optional = flat.flatMap((schema) => Object.keys((schema.properties ?? {}) as JsonMap));
    const count = Math.min(highest(flat, "minProperties") ?? 0, LIMITS.items);
    for (const name of optional) if (names.size < count) names.add(name);
    for (let number = 1; names.size < count; number += 1) names.add(`key${number}`);
    const entries: [string, Json][] = [];
    for (const name of names) {
      const schemas = flat.flatMap((schema) => schemaOfKey(schema, name));
      const value = this.value(schemas, depth + 1);
      if (value === undefined) return undefined;
      entries.push([name, value]);
    }
    return Object.fromEntries(entries);
  }
}

const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"];

function schemaOfKey(schema: JsonMap, name: string): readonly Json[] {
  const property = own((schema.properties ?? {}) as JsonMap, name) ?? schema.additionalProperties;
  return property === undefined ? [] : [property];
}

/** The values that const and enum leave, smallest first; null when they say nothing. */
function namedValues(flat: Flat): readonly Json[] | null {
  const lists = flat.flatMap((schema) => [
    ...(schema.const === undefined ? [] : [[schema.const]]),
    ...(schema.enum === undefined ? [] : [schema.enum as readonly Json[]]),
  ]);
  const [first, ...rest] = lists;
  if (first === undefined) return null;
  const left = first.filter((value) => rest.every((list) => list.some((one) => equal(one, value))));
  return left.toSorted((one, other) => canonical(one).length - canonical(other).length);
}

function allowsType(schema: JsonMap, type: string): boolean {
  if (schema.type === undefined) return true;
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]) as readonly string[];
  return types.includes(type) || (type === "integer" && types.includes("number"));
}

/** Fits what the schema says of itself, without combinations, which were flattened, and parts, which were made to fit. */
function fitsShallow(schema: JsonMap, value: Json): boolean {
  const { $ref, anyOf, oneOf, allOf, properties, items, additionalProperties, ...plain } = schema;
  return misfits(plain, value).length === 0;
}

function highest(flat: Flat, keyword: string): number | undefined {
  const numbers = flat.flatMap((schema) => (typeof schema[keyword] === "number" ? [schema[keyword]] : []));
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function numbersFor(flat: Flat, type: "integer" | "number"): readonly number[] {
  const bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"].flatMap((keyword) =>
    flat.flatMap((schema) => (typeof schema[keyword] === "number" ? [schema[keyword]] : [])),
  );
  const middles = bounds.flatMap((left) => bounds.map((right) => (left + right) / 2));
  const near = bounds.flatMap((bound) => [
    bound,
    Math.ceil(bound),
    Math.floor(bound),
    Math.floor(bound) + 1,
    Math.ceil(bound) - 1,
  ]);
  const all = [0, ...[...near, ...middles].sort((left, right) => Math.abs(left) - Math.abs(right))];
  return type === "integer" ? all.filter(Number.isInteger) : all;
}

/** Texts of the length asked for, and such as the patterns describe. */
function textsFor(flat: Flat): readonly string[] {
  const least = Math.min(highest(flat, "minLength") ?? 0, 10_000);
  const texts = ["", "x".repeat(least)];
  for (const { pattern } of flat) {
    if (typeof pattern !== "string") continue;
    for (const extra of [0, 1, 2, 3, 5, 8, 13, 21, 34, least]) {
      const sample = sampleOf(pattern, extra);
      if (sample !== null) texts.push(sample, sample.padEnd(least, "x"));
    }
  }
  return texts;
}
