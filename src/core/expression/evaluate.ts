import { isMap, type Json, own } from "../json.ts";
import { fail, kindOf, Meter, type Place } from "../meter.ts";
import { nearest } from "../nearest.ts";
import { callFunction } from "./functions.ts";
import { type EagerOperator, operate } from "./operators.ts";
import { ExpressionError, type Node, type Scope } from "./syntax.ts";

type Kind<K extends Node["kind"]> = Extract<Node, { readonly kind: K }>;

/** Walks the tree; throws ExpressionError. */
export function evaluateNode(root: Node, scope: Scope): Json {
  const meter = new Meter();
  const value = new Walk(scope, meter).value(root);
  // What was only looked up has the size it had; what was made must stay small.
  if (!isPath(root)) meter.room(meter.weigh(value, root), root);
  return value;
}

/** A name or key that is not there: what `??` forgives. */
class MissingError extends ExpressionError {}

function missing(message: string, { offset, length }: Place, hint?: string): never {
  throw new MissingError({
    code: "E_EXPR_NAME",
    message,
    offset,
    length,
    ...(hint === undefined ? {} : { hint }),
  });
}

function isPath(node: Node): boolean {
  return node.kind === "name" || node.kind === "member" || node.kind === "index" || node.kind === "value";
}

class Walk {
  private readonly scope: Scope;
  private readonly meter: Meter;

  constructor(scope: Scope, meter: Meter) {
    this.scope = scope;
    this.meter = meter;
  }

  value(node: Node): Json {
    this.meter.step(node);
    switch (node.kind) {
      case "value":
        return node.value;
      case "name":
        return this.name(node);
      case "member":
        return keyOf(this.value(node.of), node.key, { ...keyPlace(node), of: node.of });
      case "index":
        return this.index(node);
      case "list":
        return node.items.map((item) => this.value(item));
      case "map":
        return Object.fromEntries(node.entries.map(([key, item]) => [key, this.value(item)]));
      case "unary":
        return this.unary(node);
      case "binary":
        return this.binary(node);
      case "choice":
        return this.truth(node.condition, "? :") ? this.value(node.yes) : this.value(node.no);
      case "call":
        return this.call(node);
      /* node:coverage ignore next 2 */
      default:
        return node satisfies never;
    }
  }

  private name(node: Kind<"name">): Json {
    const value = this.scope.get(node.name);
    return value === undefined
      ? missing(`nothing here is called ${node.name}`, node, hyphenHint(node.name))
      : value;
  }

  private index(node: Kind<"index">): Json {
    const of = this.value(node.of);
    const index = this.value(node.index);
    if (of === null) return null;
    if (typeof index === "string") return keyOf(of, index, { ...placeOf(node.index), of: node.of });
    if (!Array.isArray(of) || typeof index !== "number") {
      return fail("E_EXPR_TYPE", `${kindOf(of)} has no item at ${kindOf(index)}`, node.index);
    }
    if (!Number.isInteger(index))
      return fail("E_EXPR_TYPE", `${index} is not the number of an item`, node.index);
    const item = index < 0 ? undefined : of[index];
    const size = of.length === 1 ? "1 item" : `${of.length} items`;
    return item === undefined
      ? missing(`the list has ${size}, counted from 0, and none at ${index}`, node.index)
      : item;
  }

  private unary(node: Kind<"unary">): Json {
    if (node.operator === "!") return !this.truth(node.operand, "!");
    const value = this.value(node.operand);
    if (typeof value !== "number")
      return fail("E_EXPR_TYPE", `- takes a number, not ${kindOf(value)}`, node.operand);
    return value === 0 ? 0 : -value;
  }

  private truth(node: Node, operator: string): boolean {
    const value = this.value(node);
    if (typeof value === "boolean") return value;
    const hint = "compare it with something, as in x == 'yes' or x != null";
    return fail("E_EXPR_TYPE", `${operator} takes true or false, not ${kindOf(value)}`, node, hint);
  }

  private binary(node: Kind<"binary">): Json {
    switch (node.operator) {
      case "&&":
        return this.truth(node.left, "&&") && this.truth(node.right, "&&");
      case "||":
        return this.truth(node.left, "||") || this.truth(node.right, "||");
      case "??":
        return this.orNull(node.left) ?? this.value(node.right);
      default: {
        const left = this.value(node.left);
        const right = this.value(node.right);
        return operate({
          operator: node.operator satisfies EagerOperator,
          left,
          right,
          place: node,
          meter: this.meter,
        });
      }
    }
  }

  /** The value; null when the path, or the last one of several `??`, leads nowhere. */
  private orNull(node: Node): Json {
    if (!isPath(node) && !(node.kind === "binary" && node.operator === "??")) return this.value(node);
    try {
      return this.value(node);
    } catch (thrown) {
      if (thrown instanceof MissingError) return null;
      throw thrown;
    }
  }

  private call(node: Kind<"call">): Json {
    return callFunction({
      name: node.name,
      given: node.given.map((argument) => this.value(argument)),
      places: node.given,
      place: node,
      meter: this.meter,
      sha256: (text) => this.scope.sha256(text),
    });
  }
}

/** The key as written, at the end of the node. */
function keyPlace({ offset, length, key }: Kind<"member">): Place {
  return { offset: offset + length - key.length, length: key.length };
}

function placeOf({ offset, length }: Node): Place {
  return { offset, length };
}

/** What lies under a key; below null everything is null, and only own keys count. */
function keyOf(value: Json, key: string, place: Place & { readonly of: Node }): Json {
  if (value === null) return null;
  const name = nameOf(place.of);
  if (!isMap(value)) {
    const hint = `take one item with [0], or of each with fn:pluck(…, '${key}')`;
    const message = `${name ?? kindOf(value)}${name === null ? "" : ` is ${kindOf(value)} and`} has nothing called "${key}"`;
    return missing(message, place, Array.isArray(value) ? hint : undefined);
  }
  const found = own(value, key);
  return found === undefined
    ? missing(`${name ?? "the map"} has no "${key}"`, place, keyHint(value, key))
    : found;
}

/** The path as people write it; null for what is no plain path. */
function nameOf(node: Node): string | null {
  switch (node.kind) {
    case "name":
      return node.name;
    case "member":
    case "index": {
      const of = nameOf(node.of);
      if (of === null) return null;
      if (node.kind === "member") return `${of}.${node.key}`;
      return node.index.kind === "value" ? `${of}[${JSON.stringify(node.index.value)}]` : null;
    }
    default:
      return null;
  }
}

const KEYS_SHOWN = 12;

function keyHint(of: object, key: string): string | undefined {
  const keys = Object.keys(of);
  const meant = nearest(key, keys.slice(0, 100));
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (key.includes("-")) return hyphenHint(key);
  return keys.length === 0 ? "the map is empty" : `it has ${keys.slice(0, KEYS_SHOWN).join(", ")}`;
}

function hyphenHint(name: string): string | undefined {
  return name.includes("-") ? "hyphens belong to names; subtraction needs spaces" : undefined;
}
