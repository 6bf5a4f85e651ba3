import type { Call, FunctionDefinition } from "../call.ts";
import { canonical, type Json, RESERVED_KEYS } from "../json.ts";
import { asText } from "../meter.ts";

export const VALUE_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  // The parser makes it the operator ??, because its first argument may be missing; only its name and usage count.
  default: {
    least: 2,
    most: 2,
    usage: "fn:default(value, instead)",
    run: (call) => call.value(0) ?? call.value(1),
  },
  string: {
    least: 1,
    most: 1,
    usage: "fn:string(value)",
    run: (call) => asText(call.value(0), call.meter, call.place),
  },
  json: { least: 1, most: 1, usage: "fn:json(value)", run: json },
  from_json: { least: 1, most: 1, usage: "fn:from_json(text)", run: fromJson },
  hash: { least: 1, most: 1, usage: "fn:hash(value)", run: hash },
};

function json(call: Call): string {
  const value = call.value(0);
  call.meter.weigh(value, call.place);
  // With its quotes: no need to write what is too long as it is.
  if (typeof value === "string") call.room(value.length + 2);
  const text = JSON.stringify(value);
  call.room(text.length);
  return text;
}

function fromJson(call: Call): Json {
  const text = call.text(0);
  const value = parsed(text);
  if (value === undefined) return call.fail(`cannot read ${JSON.stringify(text.slice(0, 40))} as JSON`, 0);
  call.meter.weigh(value, call.place);
  const strange = strangeIn(value);
  return strange === null ? value : call.fail(`cannot take ${strange}`, 0);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What must not come in: a key that would reach a prototype, a number that JSON cannot write again. */
function strangeIn(value: Json): string | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : "so large a number";
  if (value === null || typeof value !== "object") return null;
  for (const [key, item] of Object.entries(value)) {
    const strange = RESERVED_KEYS.has(key) ? `a map with the key ${key}` : strangeIn(item);
    if (strange !== null) return strange;
  }
  return null;
}

function hash(call: Call): string {
  call.meter.weigh(call.value(0), call.place);
  return call.sha256(canonical(call.value(0)));
}
