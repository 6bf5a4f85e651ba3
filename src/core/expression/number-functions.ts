import type { Call, FunctionDefinition } from "../call.ts";
import { finite } from "../meter.ts";

export const NUMBER_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  number: { least: 1, most: 1, usage: "fn:number(text)", run: number },
  min: { least: 1, most: 32, usage: "fn:min(list) or fn:min(a, b, …)", run: (call) => extreme(call, -1) },
  max: { least: 1, most: 32, usage: "fn:max(list) or fn:max(a, b, …)", run: (call) => extreme(call, 1) },
  round: { least: 1, most: 2, usage: "fn:round(number, digits)", run: round },
  sum: { least: 1, most: 1, usage: "fn:sum(list)", run: sum },
};

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

function number(call: Call): number {
  if (typeof call.value(0) === "number") return call.number(0);
  const text = call.text(0).trim();
  if (!NUMBER.test(text)) return call.fail(`cannot read ${JSON.stringify(text.slice(0, 40))} as a number`, 0);
  return finite(Number(text), call.place);
}

function numbers(call: Call): readonly number[] {
  const only = call.value(0);
  const isList = call.given.length === 1 && Array.isArray(only);
  const values = isList ? call.list(0) : call.given;
  return values.map((value, index) => {
    if (typeof value === "number") return value;
    return isList ? call.fail("takes a list of numbers only", 0) : call.wrong(index, "a number");
  });
}

function extreme(call: Call, sign: 1 | -1): number | null {
  const all = numbers(call);
  const [first, ...rest] = all;
  if (first === undefined) return null;
  return rest.reduce((best, value) => ((value - best) * sign > 0 ? value : best), first);
}

/** Halves go away from zero, as people round. */
function round(call: Call): number {
  const value = call.number(0);
  const digits = call.has(1) ? call.whole(1) : 0;
  if (digits < 0 || digits > 15) return call.fail("rounds to 0 up to 15 digits", 1);
  // From here on numbers are whole.
  if (Math.abs(value) >= Number.MAX_SAFE_INTEGER) return value;
  const rounded = shifted(Math.round(shifted(Math.abs(value), digits)), -digits);
  return finite(Math.sign(value) * rounded, call.place);
}

/** Moves the point as people do, so that 1.005 becomes 100.5 and not a little less. */
function shifted(value: number, digits: number): number {
  const [written, exponent] = value.toExponential().split("e");
  return Number(`${written}e${Number(exponent) + digits}`);
}

function sum(call: Call): number {
  if (!Array.isArray(call.value(0))) return call.wrong(0, "a list");
  return finite(
    numbers(call).reduce((total, value) => total + value, 0),
    call.place,
  );
}
