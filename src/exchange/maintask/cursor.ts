/**
 * MAIN_TASK: where a loop stands, in three or four lines that a fresh agent reads first. Read and written back byte for
 * byte; what is longer, or more than one action, is refused, because it would be a plan and not a next step.
 */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";
import { decodeText } from "../../spec/read.ts";
import { idTrouble } from "../taskfile/task-id.ts";
import { sentenceTrouble } from "./sentence.ts";

export const STATUSES = ["continue", "completed", "blocked"] as const;
export type CursorStatus = (typeof STATUSES)[number];

export interface Cursor {
  readonly status: CursorStatus;
  /** The one next action. */
  readonly next: string;
  /** The name of the task that it is about. */
  readonly task: string | null;
  /** What to look at in particular. */
  readonly focus: string | null;
}

export const CURSOR_BYTES_MAX = 4096;
/** A model reads about four bytes of English as one token. */
const BYTES_PER_TOKEN = 4;
const TOKENS_BELOW = 100;

const KEYS = ["STATUS", "NEXT", "TASK", "FOCUS"] as const;
type Key = (typeof KEYS)[number];
/** What is not seen, or turns the direction of what is: a line must be what it looks like. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const FORM = "STATUS: continue|completed|blocked, NEXT: one action, then TASK: and FOCUS: where they help";

/** `file` is how the problems call it. */
export function readCursor(file: string, bytes: Uint8Array | string): Result<Cursor> {
  const size = Buffer.byteLength(bytes);
  if (size > CURSOR_BYTES_MAX) {
    const message = `${file} has ${thousands(size)} bytes, at most ${thousands(CURSOR_BYTES_MAX)} are allowed`;
    return bad({ code: "E_TOO_LARGE", message, hint: FORM, at: { file, line: 1, column: 1 } });
  }
  const text = decodeText(file, bytes);
  if (!text.ok) return text;
  const problems: Problem[] = [];
  const found = fieldsOf(file, text.value, problems);
  if (problems.length > 0) return { ok: false, problems };
  return checked(file, found);
}

/** The canonical bytes: what is read from them is written back as it was. */
export function cursorText({ status, next, task, focus }: Cursor): string {
  const lines = [`STATUS: ${status}`, `NEXT: ${next}`];
  if (task !== null) lines.push(`TASK: ${task}`);
  if (focus !== null) lines.push(`FOCUS: ${focus}`);
  return `${lines.join("\n")}\n`;
}

interface Field {
  readonly line: number;
  readonly column: number;
  readonly value: string;
}

type Fields = ReadonlyMap<Key, Field>;

function fieldsOf(file: string, text: string, problems: Problem[]): Fields {
  const found = new Map<Key, Field>();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [index, line] of lines.entries()) {
    const trouble = takeLine(line, index + 1, found);
    if (trouble === null) continue;
    const { message, hint, column } = trouble;
    problems.push({ code: "E_CURSOR", message, hint, at: { file, line: index + 1, column } });
  }
  return found;
}

interface Trouble {
  readonly message: string;
  readonly hint: string;
  readonly column: number;
}

function takeLine(line: string, number: number, found: Map<Key, Field>): Trouble | null {
  const unseen = UNSEEN.exec(line);
  if (unseen !== null) {
    const code = (line.codePointAt(unseen.index) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return {
      message: `a character that is not seen (U+${code})`,
      hint: "write plain text, one line for each key",
      column: unseen.index + 1,
    };
  }
  const colon = line.indexOf(":");
  const word = colon === -1 ? line : line.slice(0, colon);
  const key = KEYS.find((known) => known === word);
  if (key === undefined || colon === -1)
    return { message: `"${line.slice(0, 40)}" is none of the lines of MAIN_TASK`, hint: FORM, column: 1 };
  if (found.has(key))
    return {
      message: `${key} stands twice`,
      hint: `keep one: line ${found.get(key)?.line} has it too`,
      column: 1,
    };
  const value = line.slice(colon + 1);
  found.set(key, { line: number, column: colon + 2 + (value.startsWith(" ") ? 1 : 0), value: value.trim() });
  return null;
}

function checked(file: string, found: Fields): Result<Cursor> {
  const problems: Problem[] = [];
  const note = (key: Key, message: string, hint: string) => {
    const field = found.get(key);
    problems.push({
      code: "E_CURSOR",
      message,
      hint,
      at: { file, line: field?.line ?? 1, column: field?.column ?? 1 },
    });
  };
  const cursor: Cursor = {
    status: (found.get("STATUS")?.value ?? "") as CursorStatus,
    next: found.get("NEXT")?.value ?? "",
    task: found.get("TASK")?.value ?? null,
    focus: found.get("FOCUS")?.value ?? null,
  };
  for (const { key, message, hint } of troublesOf(cursor)) note(key, message, hint);
  return problems.length > 0 ? { ok: false, problems } : good(cursor);
}

/** A cursor as somebody asks for it with the words of a command; `file` is where it shall be written. */
export function checkCursor(cursor: Cursor): readonly Problem[] {
  const unseen = [cursor.next, cursor.task, cursor.focus].find((text) => text !== null && UNSEEN.test(text));
  if (unseen !== undefined)
    return [{ code: "E_CURSOR", message: "a line break, or a character that is not seen", hint: FORM }];
  return troublesOf(cursor).map(({ message, hint }) => ({ code: "E_CURSOR", message, hint }));
}

interface KeyTrouble {
  readonly key: Key;
  readonly message: string;
  readonly hint: string;
}

function troublesOf(cursor: Cursor): readonly KeyTrouble[] {
  const { status, next, task, focus } = cursor;
  const found: KeyTrouble[] = [];
  if (!STATUSES.includes(status)) {
    const message = `"${status.slice(0, 40)}" is no status`;
    found.push({ key: "STATUS", message, hint: `one of ${STATUSES.join(", ")}` });
  }
  for (const [key, text] of [["NEXT", next] as const, ["FOCUS", focus] as const]) {
    const trouble = text === null ? null : sentenceTrouble(text);
    if (trouble !== null) found.push({ key, message: `${key} ${trouble.message}`, hint: trouble.hint });
  }
  const name = task === null ? null : idTrouble(task);
  if (name !== null) found.push({ key: "TASK", message: name.message, hint: name.hint ?? "" });
  // As it is written, whatever blanks stood around it.
  const size = Buffer.byteLength(cursorText(cursor));
  if (found.length === 0 && size >= TOKENS_BELOW * BYTES_PER_TOKEN) {
    const message = `the lines have ${size} bytes, about ${Math.ceil(size / BYTES_PER_TOKEN)} tokens`;
    found.push({ key: "NEXT", message, hint: `say it in fewer than ${TOKENS_BELOW} tokens` });
  }
  return found;
}
