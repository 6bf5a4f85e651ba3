/** Problems as a person, or with --json a script, sees them. */
import { isAbsolute, resolve } from "node:path";
import type { Problem } from "../core/problem.ts";
import { explainAll } from "../spec/explain.ts";
import type { Context } from "./context.ts";
import { clean, type Printer } from "./print.ts";
import type { Refused } from "./refusal.ts";
import { count } from "./text.ts";

/** A file larger than this is not read only to show a line of it. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
/** Trying again later may help. */
const RETRYABLE: ReadonlySet<string> = new Set([
  "E_BUSY",
  "E_LOCKED",
  "E_SKIPPED",
  "E_DISK_FULL",
  "E_FDS",
  "E_IO",
]);

export function printRefusal(context: Context, refusal: Refused): void {
  const { globals, out, err } = context;
  const { problems, consequence } = refusal;
  if (globals.json || globals.jsonl) return out.line(JSON.stringify(failureDocument(problems)));
  printProblems(err, problems, refusal.text ?? textOf(context, problems));
  if (consequence !== null && problems.length > 1)
    err.line(`${count(problems.length, "problem")}, ${consequence}`);
  if (globals.debug && refusal.stack !== undefined) err.line(err.paint("gray", clean(refusal.stack, 4000)));
}

/** In the form of the language's own messages, the word and code coloured. */
export function printProblems(printer: Printer, problems: readonly Problem[], text: string | null): void {
  if (problems.length === 0) return;
  const source = { text: text ?? undefined, columns: printer.columns };
  const shown = explainAll(problems.map(cutHint), source);
  printer.lines(shown.split("\n").map((line) => painted(printer, line)));
}

/** What to try may be a command, which must stay whole; it is only made safe. */
function cutHint(problem: Problem): Problem {
  return problem.hint === undefined ? problem : { ...problem, hint: clean(problem.hint, 400) };
}

function painted(printer: Printer, line: string): string {
  const [, word = "", rest = ""] = line.match(/^(error E_\w+|warning W_\w+| {2}try:)(.*)$/) ?? [];
  if (word === "") return line;
  const style = word.startsWith("error") ? "red" : word.startsWith("warning") ? "yellow" : "green";
  return printer.paint(style, word) + rest;
}

/** The text that the places lie in, when they all lie in one file that can be read. */
function textOf({ application, globals }: Context, problems: readonly Problem[]): string | null {
  const files = new Set(problems.flatMap(({ at }) => (at === undefined ? [] : [at.file])));
  const [file] = files;
  if (files.size !== 1 || file === undefined) return null;
  const found = application.project(globals.project);
  const folders = [application.cwd, ...(found.ok ? [found.value.root] : [])];
  const candidates = isAbsolute(file) ? [file] : folders.map((folder) => resolve(folder, file));
  for (const path of candidates) {
    const stat = application.files.statTarget(path);
    if (stat?.kind !== "file" || stat.size > FRAME_BYTES_MAX) continue;
    return application.files.readTextIf(path);
  }
  return null;
}

export function failureDocument(problems: readonly Problem[]): object {
  const shown = problems.map(problemDocument);
  return { schemaVersion: 1, error: shown[0] ?? null, problems: shown };
}

export function problemDocument({ code, message, hint, at }: Problem): object {
  return {
    code,
    message: clean(message),
    hint: hint === undefined ? null : clean(hint, 400),
    at: at === undefined ? null : { file: at.file, line: at.line, column: at.column },
    retryable: RETRYABLE.has(code),
  };
}
