/** The man page, made from the same table of commands and the same pages that help prints. */
import type { CommandTable, CommandWords, OptionSpec } from "./registry/words.ts";
import { TOPIC_NAMES, type TopicName } from "./topic-names.ts";
import { type Part, TOPICS } from "./topics.ts";

export function manPage({ commands, globalOptions }: CommandTable, version: string): string {
  const shown = commands.filter(({ isHidden }) => isHidden !== true);
  const lines = [
    `.TH DECAPOD 1 "" ${argument(`decapod ${version}`)} "decapod"`,
    ".SH NAME",
    text("decapod - runs workflows of coding agents and scripts, and goes on after a crash"),
    ".SH SYNOPSIS",
    ".B decapod",
    ".I command",
    text("[words] [options]"),
    ".SH DESCRIPTION",
    text(
      "A workflow is a file of tasks: what each needs, and what counts as done. decapod runs it, many tasks at",
    ),
    text(
      "once, and keeps every fact in a journal on disk. After a crash one command goes on where it was, and",
    ),
    text("nothing that has ended is done twice."),
    ".SH COMMANDS",
    ...shown.flatMap(commandLines),
    ".SH OPTIONS OF EVERY COMMAND",
    ...globalOptions.flatMap(optionLines),
    ...TOPIC_NAMES.flatMap(topicLines),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ name, words, summary, options, examples }: CommandWords): readonly string[] {
  const lines = examples.map((example) => text(`decapod ${example}`));
  return [
    `.SS ${argument(`decapod ${name} ${words}`.trimEnd())}`,
    text(summary),
    ...options.flatMap(optionLines),
    ".PP",
    ".EX",
    ...lines,
    ".EE",
  ];
}

function optionLines({ flags, text: what }: OptionSpec): readonly string[] {
  return [".TP", `.B ${argument(flags)}`, text(what)];
}

/** Some have a name that man pages give them. */
const HEADINGS: Partial<Readonly<Record<TopicName, string>>> = { "exit-codes": "EXIT STATUS" };

function topicLines(name: TopicName): readonly string[] {
  const { title, parts } = TOPICS[name];
  const heading = HEADINGS[name] ?? name.toUpperCase();
  return [
    `.SH ${argument(heading)}`,
    text(`${title[0]?.toUpperCase()}${title.slice(1)}.`),
    ...parts.flatMap(partLines),
  ];
}

function partLines(part: Part): readonly string[] {
  switch (part.kind) {
    case "text":
      return [".PP", text(part.text)];
    case "lines":
      return [".PP", ".EX", ...part.lines.map(text), ".EE"];
    case "rows":
      return part.rows.flatMap(([term, what]) => [".TP", `.B ${argument(term)}`, text(what)]);
    default:
      return part satisfies never;
  }
}

function argument(words: string): string {
  return `"${escaped(words)}"`;
}

/** A line that begins with a point or an apostrophe would be a request. */
function text(words: string): string {
  return escaped(words).replace(/^(?=[.'])/, "\\&");
}

/** Signs that the formatter would take for its own, or for a nicer sign that nobody could copy. */
const SIGNS: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

function escaped(words: string): string {
  return words
    .replace(/[\\\-'"`^~]/g, (sign) => SIGNS[sign] ?? sign)
    .replace(
      /[^\x20-\x7e]/gu,
      (sign) => `\\[u${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}
