/** The options every command understands, read from what the parser found. */
import type { Globals, Options } from "./context.ts";
import { listOption, textOption } from "./context.ts";
import { refused, usage } from "./refusal.ts";

const COLOURS = ["auto", "always", "never"] as const;
const SCREENS = ["auto", "live", "plain", "jsonl"] as const;

export const NO_GLOBALS: Globals = {
  json: false,
  fields: null,
  jsonl: false,
  quiet: false,
  verbose: false,
  wide: false,
  color: "auto",
  ui: "auto",
  project: null,
  input: true,
  debug: false,
};

/**
 * `--json=a,b` has its value only behind an equals sign, so that `show --json r-7k2m` is no question of what the
 * second word is. The parser gets it as an option of another name.
 */
export function withoutFields(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return argv.flatMap((word, at) => {
    if ((end !== -1 && at > end) || !word.startsWith("--json=")) return [word];
    return ["--json", "--json-fields", word.slice("--json=".length)];
  });
}

/** What can be known before the words are understood: how an error about them is to be told. */
export function globalsAtOnce(argv: readonly string[]): Globals {
  const end = argv.indexOf("--");
  const words = new Set(end === -1 ? argv : argv.slice(0, end));
  return {
    ...NO_GLOBALS,
    json: words.has("--json"),
    jsonl: words.has("--jsonl"),
    debug: words.has("--debug"),
  };
}

export function globalsOf(options: Options): Globals {
  const color = chosen(textOption(options, "color") ?? "auto", COLOURS, "E_COLOR", "--color");
  const ui = chosen(textOption(options, "ui") ?? "auto", SCREENS, "E_USAGE", "--ui");
  const fields = listOption(options, "jsonFields").flatMap((list) => list.split(","));
  return {
    json: options.json === true,
    fields: fields.length === 0 ? null : fields.map((field) => field.trim()).filter((field) => field !== ""),
    jsonl: options.jsonl === true || ui === "jsonl",
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    wide: options.wide === true,
    color,
    ui,
    project: textOption(options, "project"),
    input: options.input !== false,
    debug: options.debug === true,
  };
}

function chosen<T extends string>(value: string, known: readonly T[], code: string, option: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw refusedChoice(code, option, value, known);
}

function refusedChoice(code: string, option: string, value: string, known: readonly string[]) {
  const message = `${option} cannot be "${value}"`;
  const hint = `${option} ${known.join("|")}`;
  return refused(code, message, hint);
}

/** A whole number of an option, or null when it was not given. */
export function numberOption(
  options: Options,
  name: string,
  { least, most }: { least: number; most: number },
): number | null {
  const text = textOption(options, name);
  if (text === null) return null;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(`--${flag} takes a number from ${least} to ${most}, not "${text}"`);
}
