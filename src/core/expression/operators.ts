import { equal, isMap, type Json, own } from "../json.ts";
import { fail, finite, kindOf, type Meter, type Place } from "../meter.ts";
import type { BinaryOperator } from "./syntax.ts";

/** The operators that need both values. `??`, `&&` and `||` may leave the right one alone; the evaluator has them. */
export type EagerOperator = Exclude<BinaryOperator, "??" | "&&" | "||">;

export interface Operation {
  readonly operator: EagerOperator;
  readonly left: Json;
  readonly right: Json;
  readonly place: Place;
  readonly meter: Meter;
}

export function operate(operation: Operation): Json {
  const { operator } = operation;
  switch (operator) {
    case "==":
      return isEqual(operation);
    case "!=":
      return !isEqual(operation);
    case "in":
      return isIn(operation);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return isOrdered(operation);
    case "+":
      return add(operation);
    case "-":
    case "*":
    case "/":
    case "%":
      return calculate(operation);
    /* node:coverage ignore next 2 */
    default:
      return operator satisfies never;
  }
}

function isEqual({ left, right, place, meter }: Operation): boolean {
  if (typeof left === "object" && typeof right === "object") meter.weigh(left, place);
  else if (typeof left === "string") meter.look(left.length, place);
  return equal(left, right);
}

function isIn({ left, right, place, meter }: Operation): boolean {
  if (Array.isArray(right)) {
    meter.weigh(right, place);
    return right.some((item) => equal(item, left));
  }
  if (typeof left === "string" && typeof right === "string") {
    meter.look(right.length, place);
    return right.includes(left);
  }
  if (typeof left === "string" && isMap(right)) return own(right, left) !== undefined;
  return fail("E_EXPR_TYPE", `${kindOf(left)} cannot be in ${kindOf(right)}`, place);
}

function isOrdered(operation: Operation): boolean {
  const { left, right } = operation;
  if (typeof left === "number" && typeof right === "number") return compared(operation, left - right);
  if (typeof left === "string" && typeof right === "string") {
    operation.meter.look(Math.min(left.length, right.length), operation.place);
    return compared(operation, left < right ? -1 : left > right ? 1 : 0);
  }
  return mixed(
    operation,
    "can only compare two numbers or two texts",
    "turn one of them with fn:number(…) or fn:string(…)",
  );
}

function compared({ operator }: Operation, order: number): boolean {
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function add(operation: Operation): Json {
  const { left, right, place, meter } = operation;
  if (typeof left === "number" && typeof right === "number") return finite(left + right, place);
  if (typeof left === "string" && typeof right === "string") {
    meter.room(left.length + right.length, place);
    meter.look(left.length + right.length, place);
    return left + right;
  }
  return mixed(
    operation,
    "adds two numbers or joins two texts",
    "turn one of them with fn:string(…) or fn:number(…)",
  );
}

function calculate(operation: Operation): number {
  const { operator, left, right, place } = operation;
  if (typeof left !== "number" || typeof right !== "number") return mixed(operation, "takes two numbers");
  if (operator === "-") return finite(left - right, place);
  if (operator === "*") return finite(left * right, place);
  if (right === 0) return fail("E_EXPR_TYPE", `${operator} by zero`, place);
  return finite(operator === "/" ? left / right : left % right, place);
}

function mixed({ operator, left, right, place }: Operation, what: string, hint?: string): never {
  return fail("E_EXPR_TYPE", `${operator} ${what}, not ${kindOf(left)} and ${kindOf(right)}`, place, hint);
}
