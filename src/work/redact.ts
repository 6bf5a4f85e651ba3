/**
 * Replaces secrets in a stream of bytes, in every form in which programs print them: as they are, in base64, hex,
 * URL and JSON spelling, and a key of several lines one line at a time. Exact across chunks: bytes that may still
 * become a secret are held back until it is known.
 */

import { SECRET_LENGTH_MIN } from "../core/limits.ts";

export function isSecretLongEnough(value: string): boolean {
  return [...value].length >= SECRET_LENGTH_MIN;
}

export type Marker = (name: string) => string;
/** In logs: which secret stood here. */
export const nameMarker: Marker = (name) => `[redacted:${name}]`;
/** In outputs, which other tasks read. */
export const starMarker: Marker = () => "***";

interface Needle {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Base64 is broken into lines by many programs: line ends inside it do not count. */
  readonly skipsLineEnds: boolean;
}

/** The forms of all secrets of one attempt, made once and used for each of its streams. */
export interface SecretForms {
  readonly isEmpty: boolean;
  /** Needles by their first two bytes. */
  readonly byStart: ReadonlyMap<number, readonly Needle[]>;
  /** 1 where byStart has an entry: asked once for every byte. */
  readonly starts: Uint8Array;
  readonly firsts: Uint8Array;
}

export interface Redactor {
  /** What of the stream is now certain. */
  write(data: Uint8Array): Uint8Array;
  /** The rest. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);
const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const NO_FORMS: SecretForms = {
  isEmpty: true,
  byStart: new Map(),
  starts: NOTHING,
  firsts: NOTHING,
};

export function secretForms(secrets: Readonly<Record<string, string>>): SecretForms {
  const needles = needlesOf(secrets);
  if (needles.length === 0) return NO_FORMS;
  const byStart = new Map<number, Needle[]>();
  const starts = new Uint8Array(65_536);
  const firsts = new Uint8Array(256);
  const register = (needle: Needle, second: number) => {
    const first = needle.bytes[0] as number;
    const start = (first << 8) | second;
    const list = byStart.get(start);
    if (list === undefined) byStart.set(start, [needle]);
    else list.push(needle);
    starts[start] = 1;
    firsts[first] = 1;
  };
  for (const needle of needles) {
    register(needle, needle.bytes[1] as number);
    if (!needle.skipsLineEnds) continue;
    register(needle, LINE_END);
    register(needle, CARRIAGE_RETURN);
  }
  return { isEmpty: false, byStart, starts, firsts };
}

function needlesOf(secrets: Readonly<Record<string, string>>): readonly Needle[] {
  const found = new Map<string, Needle>();
  const add = (name: string, text: string, skipsLineEnds: boolean) => {
    if (text.length >= SECRET_LENGTH_MIN && !found.has(text)) {
      found.set(text, { name, bytes: Buffer.from(text, "utf8"), skipsLineEnds });
    }
  };
  for (const [name, secret] of Object.entries(secrets)) {
    for (const value of [secret, ...linesOf(secret)]) {
      if (!isSecretLongEnough(value)) continue;
      for (const text of plainForms(value)) add(name, text, false);
      for (const text of base64Forms(value)) add(name, text, true);
    }
  }
  return [...found.values()];
}

/** The lines of a key, each a secret of its own; not the frame around it, which every key has. */
function linesOf(secret: string): readonly string[] {
  if (!/[\r\n]/.test(secret)) return [];
  return secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => !/^-----.*-----$/.test(line));
}

function plainForms(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeUrl(value);
  const everyByte = [...Buffer.from(value, "utf8")].map((byte) => byte.toString(16).padStart(2, "0"));
  const strict = url.replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    value,
    json,
    json.replaceAll("/", "\\/"),
    asciiJson(json),
    ...[url, strict, strict.replaceAll("%20", "+"), `%${everyByte.join("%")}`].flatMap(bothCases),
    everyByte.join(""),
    everyByte.join("").toUpperCase(),
    everyByte.join(":"),
    everyByte.join(" "),
  ];
}

/** A lone surrogate has no URL form. */
function encodeUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

function bothCases(url: string): readonly string[] {
  return [
    url.replace(/%[0-9a-f]{2}/gi, (byte) => byte.toUpperCase()),
    url.replace(/%[0-9a-f]{2}/gi, (byte) => byte.toLowerCase()),
  ];
}

/** As Python and PHP write it: nothing above ASCII. */
function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What base64 makes of the value at each of the three places in a group, without the signs it shares with others. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const whole = text.slice([0, 2, 3][before], Math.floor(((before + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** How far a look at one place came: where the longest find ends (-1: none), and whether more bytes could change it. */
interface Look {
  end: number;
  isOpen: boolean;
  name: string;
}

export function redactor(forms: SecretForms, marker: Marker = nameMarker): Redactor {
  if (forms.isEmpty) return { write: (data) => data, end: () => NOTHING };
  let held: Uint8Array = NOTHING;
  /** How many of the held bytes belong to a secret whose marker is already out. */
  let covered = 0;
  const scan = (bytes: Uint8Array, isLast: boolean): Uint8Array => {
    const parts: Uint8Array[] = [];
    let clean = covered;
    let at = 0;
    const look: Look = { end: -1, isOpen: false, name: "" };
    for (; at < bytes.length; at += 1) {
      if (!mayStart(forms, bytes, at)) continue;
      lookAt(forms, bytes, at, look);
      if (look.isOpen && !isLast) break;
      if (look.end <= clean) continue;
      if (at >= clean) parts.push(bytes.subarray(clean, at), Buffer.from(marker(look.name), "utf8"));
      clean = look.end;
    }
    if (clean < at) parts.push(bytes.subarray(clean, at));
    held = at < bytes.length ? bytes.slice(at) : NOTHING;
    covered = Math.max(0, clean - at);
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  };
  return {
    write: (data) => scan(held.length === 0 ? data : Buffer.concat([held, data]), false),
    end: () => scan(held, true),
  };
}

function mayStart(forms: SecretForms, bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] as number;
  if (at + 1 === bytes.length) return forms.firsts[first] === 1;
  return forms.starts[(first << 8) | (bytes[at + 1] as number)] === 1;
}

function lookAt(forms: SecretForms, bytes: Uint8Array, at: number, look: Look): void {
  look.end = -1;
  look.isOpen = at + 1 === bytes.length;
  if (look.isOpen) return;
  const start = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  for (const needle of forms.byStart.get(start) ?? []) {
    const end = matchEnd(needle, bytes, at);
    if (end === bytes.length + 1) look.isOpen = true;
    else if (end > look.end) {
      look.end = end;
      look.name = needle.name;
    }
  }
}

/** Where the needle ends; -1 when it is not here; one past the bytes' end when they end before it does. */
function matchEnd({ bytes: needle, skipsLineEnds }: Needle, bytes: Uint8Array, start: number): number {
  let at = start;
  for (let index = 0; index < needle.length; at += 1) {
    if (at === bytes.length) return bytes.length + 1;
    const byte = bytes[at];
    if (byte === needle[index]) index += 1;
    else if (!(skipsLineEnds && index > 0 && (byte === LINE_END || byte === CARRIAGE_RETURN))) return -1;
  }
  return at;
}

/** A whole text at once. */
export function redactText(text: string, forms: SecretForms, marker: Marker = nameMarker): string {
  if (forms.isEmpty) return text;
  const stream = redactor(forms, marker);
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([stream.write(bytes), stream.end()]).toString("utf8");
}
