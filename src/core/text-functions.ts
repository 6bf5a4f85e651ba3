import type { Call, FunctionDefinition } from "./call.ts";
import type { Json } from "./json.ts";
import { asText } from "./meter.ts";

export const TEXT_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  uppercase: {
    least: 1,
    most: 1,
    usage: "fn:uppercase(text)",
    run: (call) => sized(call, call.text(0).toUpperCase()),
  },
  lowercase: {
    least: 1,
    most: 1,
    usage: "fn:lowercase(text)",
    run: (call) => sized(call, call.text(0).toLowerCase()),
  },
  trim: { least: 1, most: 1, usage: "fn:trim(text)", run: (call) => call.text(0).trim() },
  starts_with: {
    least: 2,
    most: 2,
    usage: "fn:starts_with(text, beginning)",
    run: (call) => call.text(0).startsWith(call.text(1)),
  },
  ends_with: {
    least: 2,
    most: 2,
    usage: "fn:ends_with(text, ending)",
    run: (call) => call.text(0).endsWith(call.text(1)),
  },
  replace: { least: 3, most: 3, usage: "fn:replace(text, from, to)", run: replace },
  split: { least: 2, most: 2, usage: "fn:split(text, separator)", run: split },
  join: { least: 1, most: 2, usage: "fn:join(list, separator)", run: join },
  slug: { least: 1, most: 1, usage: "fn:slug(text)", run: slug },
  basename: { least: 1, most: 2, usage: "fn:basename(path, ending)", run: basename },
  dirname: { least: 1, most: 1, usage: "fn:dirname(path)", run: (call) => dirname(call.text(0)) },
};

/** A letter can become three in the other case, so texts near the limit may grow past it. */
function sized(call: Call, text: string): string {
  call.room(text.length);
  return text;
}

function replace(call: Call): string {
  const [text, from, to] = [call.text(0), call.text(1), call.text(2)];
  if (from === "") return call.fail("cannot replace an empty text", 1);
  const parts = text.split(from);
  call.room(text.length + (parts.length - 1) * (to.length - from.length));
  return parts.join(to);
}

function split(call: Call): readonly Json[] {
  const [text, separator] = [call.text(0), call.text(1)];
  if (separator !== "") return counted(call, text.split(separator));
  call.meter.lookAtItems(text.length, call.place);
  return Array.from(text);
}

function counted(call: Call, items: readonly string[]): readonly string[] {
  call.meter.lookAtItems(items.length, call.place);
  return items;
}

function join(call: Call): string {
  const items = call.list(0).map((item) => asText(item, call.meter, call.place));
  const separator = call.has(1) ? call.text(1) : ",";
  let units = separator.length * items.length;
  for (const item of items) units += item.length;
  call.room(units);
  return items.join(separator);
}

/** Lower-case Latin letters and digits with single hyphens, fit for a file name or address. */
function slug(call: Call): string {
  const text = call.text(0);
  call.room(text.length * 8);
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßæøœłđðþ]/g, (letter) => PLAIN[letter] as string);
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  ø: "o",
  œ: "oe",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
};

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

function basename(call: Call): string {
  const path = withoutSlashes(call.text(0));
  const name = path === "/" ? "" : path.slice(path.lastIndexOf("/") + 1);
  const ending = call.has(1) ? call.text(1) : "";
  return name !== ending && name.endsWith(ending) ? name.slice(0, name.length - ending.length) : name;
}

function dirname(text: string): string {
  const path = withoutSlashes(text);
  const slash = path.lastIndexOf("/");
  if (slash === -1) return ".";
  return withoutSlashes(path.slice(0, slash)) || "/";
}
