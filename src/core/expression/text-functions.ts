import type { Call, FunctionDefinition } from "../call.ts";
import type { Json } from "../json.ts";
import { asText } from "../meter.ts";

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
  const growth = to.length - from.length;
  // Asked at every find: what would become too large is not even looked through to its end.
  let size = text.length;
  for (let at = text.indexOf(from); growth > 0 && at !== -1; at = text.indexOf(from, at + from.length)) {
    size += growth;
    call.room(size);
  }
  return text.split(from).join(to);
}

/** So many parts are paid for at once, before they are made. */
const PARTS_PAID = 1024;

function split(call: Call): readonly Json[] {
  const [text, separator] = [call.text(0), call.text(1)];
  if (separator === "") {
    call.meter.lookAtItems(text.length, call.place);
    return Array.from(text);
  }
  let parts = 1;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + separator.length)) {
    parts += 1;
    if (parts % PARTS_PAID === 0) call.meter.lookAtItems(PARTS_PAID, call.place);
  }
  call.meter.lookAtItems(parts % PARTS_PAID, call.place);
  return text.split(separator);
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
