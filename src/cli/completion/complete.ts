/**
 * What could come next on a command line, decided from the table of commands. What there is in the project (workflows,
 * runs, tasks) is asked of `Sources`, and only when it is wanted.
 */
import { LOOP_STATES } from "../../exchange/maintask/loop-task.ts";
import type { CommandTable, CommandWords, Kind, OptionSpec } from "../registry/words.ts";

export interface Candidate {
  readonly value: string;
  /** Shown beside it by shells that can. */
  readonly what: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell itself is to add, since it knows how to show files. */
  readonly files: "files" | "folders" | null;
}

export interface Sources {
  workflows(): readonly Candidate[];
  templates(): readonly Candidate[];
  topics(): readonly Candidate[];
  runs(): readonly Candidate[];
  tasksOfRun(run: string): readonly Candidate[];
  tasksOfWorkflow(workflow: string): readonly Candidate[];
  /** Of every loop. */
  tasksOfLoops(): readonly Candidate[];
  streams(): readonly Candidate[];
  decompositions(): readonly Candidate[];
  decisions(): readonly Candidate[];
  /** Those that count. */
  tokens(): readonly Candidate[];
  roles(): readonly Candidate[];
  /** `name=`, and `name=value` for each choice. */
  params(workflow: string): readonly Candidate[];
}

/** `words` are those behind the program's name; the last is the one being typed, as far as it is. */
export function complete(words: readonly string[], sources: Sources, table: CommandTable): Completion {
  const typed = words.at(-1) ?? "";
  const said = understand(words.slice(0, -1), table);
  const found = next(said, typed, sources);
  return { ...found, candidates: found.candidates.filter(({ value }) => value.startsWith(typed)) };
}

/** What the words before the cursor say. */
export interface Said {
  readonly table: CommandTable;
  readonly command: CommandWords | null;
  /** `workflow`, when its verb is still to come. */
  readonly noun: string | null;
  readonly words: readonly string[];
  readonly options: ReadonlyMap<OptionSpec, string>;
  /** The last word was an option that wants a value. */
  readonly open: OptionSpec | null;
  /** After `--` nothing is an option. */
  readonly isOver: boolean;
}

export function understand(before: readonly string[], table: CommandTable): Said {
  const options = new Map<OptionSpec, string>();
  const words: string[] = [];
  let open: OptionSpec | null = null;
  let isOver = false;
  for (const word of before) {
    if (open !== null) {
      options.set(open, word);
      open = null;
    } else if (word === "--" && !isOver) isOver = true;
    else if (isOver || !word.startsWith("-") || word === "-") words.push(word);
    else {
      const [flag = "", value] = word.split(/=(.*)/s);
      const option = optionsOf(commandOf(words, table), table).find((one) => flagsOf(one).includes(flag));
      if (option === undefined) continue;
      if (value === undefined && takesValue(option)) open = option;
      else options.set(option, value ?? "");
    }
  }
  const command = commandOf(words, table);
  const rest = command === null ? words : words.slice(command.name.split(" ").length);
  const isNoun = command === null && table.commands.some(({ name }) => name.startsWith(`${words[0]} `));
  return { table, command, noun: isNoun ? (words[0] ?? null) : null, words: rest, options, open, isOver };
}

function commandOf(words: readonly string[], { commands }: CommandTable): CommandWords | null {
  const isSaid = ({ name }: CommandWords) => name.split(" ").every((word, at) => words[at] === word);
  return commands.find(isSaid) ?? null;
}

function optionsOf(command: CommandWords | null, { globalOptions }: CommandTable): readonly OptionSpec[] {
  return [...(command?.options ?? []), ...globalOptions, ...SHORT_OF_HELP];
}

const SHORT_OF_HELP: readonly OptionSpec[] = [{ flags: "-h, --help", text: "print this help" }];

function flagsOf({ flags }: OptionSpec): readonly string[] {
  return flags.split(/,? /).filter((word) => word.startsWith("-"));
}

function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes("<");
}

const NOTHING: Completion = { candidates: [], files: null };

function next(said: Said, typed: string, sources: Sources): Completion {
  const { command, noun, open, isOver, table } = said;
  if (open !== null) return valuesOf(open, said, sources);
  if (typed.startsWith("-") && !isOver) return optionNext(said, typed, sources);
  if (command !== null) return wordNext(said, command, sources);
  if (noun !== null) return { ...NOTHING, candidates: said.words.length > 1 ? [] : verbsOf(noun, table) };
  return { ...NOTHING, candidates: said.words.length > 0 ? [] : firstWords(table) };
}

function firstWords(table: CommandTable): readonly Candidate[] {
  const shown = table.commands.filter(({ isHidden }) => isHidden !== true);
  const firsts = [...new Set(shown.map(({ name }) => name.split(" ")[0] ?? ""))];
  return firsts.map((value) => {
    const spec = shown.find(({ name }) => name === value);
    const verbs = verbsOf(value, table).map((verb) => verb.value);
    return { value, what: spec?.summary ?? verbs.join(", ") };
  });
}

function verbsOf(noun: string, { commands }: CommandTable): readonly Candidate[] {
  const below = commands.filter(({ name }) => name.startsWith(`${noun} `));
  return below.map(({ name, summary }) => ({ value: name.slice(noun.length + 1), what: summary }));
}

/** `--color=al…` is a value, everything else the name of an option that was not yet given or may be given again. */
function optionNext(said: Said, typed: string, sources: Sources): Completion {
  const all = optionsOf(said.command, said.table);
  const flag = /^--[^=]+(?==)/.exec(typed)?.[0];
  if (flag !== undefined) {
    const option = all.find((one) => flagsOf(one).includes(flag) && takesValue(one));
    if (option === undefined) return NOTHING;
    const { candidates } = valuesOf(option, said, sources);
    return {
      ...NOTHING,
      candidates: candidates.map(({ value, what }) => ({ value: `${flag}=${value}`, what })),
    };
  }
  const left = all.filter((option) => option.many === true || !said.options.has(option));
  const candidates = left.flatMap((option) => flagsOf(option).map((value) => ({ value, what: option.text })));
  return { ...NOTHING, candidates };
}

function wordNext(said: Said, { name, words }: CommandWords, sources: Sources): Completion {
  const at = said.words.length;
  const places = words.split(" ").filter((word) => word !== "");
  const place = places[at] ?? (places.at(-1)?.includes("...") ? places.at(-1) : undefined);
  const wanted = (place?.replace(/[<>[\].]/g, "") ?? "").split("|");
  if (name === "help" && at > 0) return { ...NOTHING, candidates: verbsOf(said.words[0] ?? "", said.table) };
  if (!wanted.some(isKind)) return wanted.length > 1 ? fixed(wanted) : NOTHING;
  const found = wanted.filter(isKind).map((kind) => ofKind(kind, said, sources));
  return {
    candidates: found.flatMap(({ candidates }) => candidates),
    files: found.find(({ files }) => files !== null)?.files ?? null,
  };
}

function valuesOf(option: OptionSpec, said: Said, sources: Sources): Completion {
  const { takes, flags } = option;
  if (typeof takes === "object") return fixed(takes);
  const wanted = takes ?? /<(.*)>/.exec(flags)?.[1] ?? "";
  return isKind(wanted) ? ofKind(wanted, said, sources) : NOTHING;
}

function fixed(values: readonly string[]): Completion {
  return { ...NOTHING, candidates: values.map((value) => ({ value, what: "" })) };
}

const KINDS = {
  workflow: true,
  run: true,
  task: true,
  state: true,
  stream: true,
  decomposition: true,
  decision: true,
  token: true,
  role: true,
  param: true,
  template: true,
  topic: true,
  file: true,
  folder: true,
  path: true,
} satisfies Readonly<Record<Kind, true>>;

function isKind(word: string): word is Kind {
  return Object.hasOwn(KINDS, word);
}

function ofKind(kind: Kind, { command, words, table }: Said, sources: Sources): Completion {
  const [first = ""] = words;
  const list = (candidates: readonly Candidate[]): Completion => ({ ...NOTHING, candidates });
  switch (kind) {
    case "workflow":
      return { candidates: sources.workflows(), files: command?.name === "runs" ? null : "files" };
    case "path":
      return { candidates: sources.workflows(), files: "files" };
    case "run":
      return list(sources.runs());
    case "task":
      return list(tasks(command, first, sources));
    case "state":
      return fixed(LOOP_STATES);
    case "stream":
      return list(sources.streams());
    case "decomposition":
      return list(sources.decompositions());
    case "decision":
      return list(sources.decisions());
    case "token":
      return list(sources.tokens());
    case "role":
      return list(sources.roles());
    case "param":
      return list(sources.params(first));
    case "template":
      return list(sources.templates());
    case "topic":
      return list([...firstWords(table), ...sources.topics()]);
    case "file":
      return { candidates: [], files: "files" };
    case "folder":
      return { candidates: [], files: "folders" };
    default:
      return kind satisfies never;
  }
}

function tasks(command: CommandWords | null, first: string, sources: Sources): readonly Candidate[] {
  if (command?.words.startsWith("<task>") === true) return sources.tasksOfLoops();
  return command?.words.includes("<workflow>") === true
    ? sources.tasksOfWorkflow(first)
    : sources.tasksOfRun(first);
}
