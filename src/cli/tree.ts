/** The command line as commander sees it, made from the registry: one command of it, or all. */
import { Command, CommanderError, Help, Option } from "commander";
import type { Application } from "./application.ts";
import type { Options } from "./context.ts";
import { clean } from "./print.ts";
import { Refused } from "./refusal.ts";
import { GLOBAL_OPTIONS } from "./registry/running.ts";
import type { CommandSpec, OptionSpec } from "./registry/spec.ts";
import { TOPIC_NAMES } from "./topic-names.ts";

export interface Call {
  readonly command: CommandSpec;
  readonly words: readonly string[];
  readonly options: Options;
}

/** What the words ask for: a command, or a text that answers them. */
export type Parsed =
  | { readonly kind: "call"; readonly call: Call }
  | { readonly kind: "text"; readonly text: string };

/** How it was called, and where its help is read. */
type Program = Pick<Application, "calledAs" | "version" | "stdout">;

/** Only what the first word names is made into a tree; all commands for help and unknown words. */
export function parse(argv: readonly string[], program: Program, commands: readonly CommandSpec[]): Parsed {
  if (argv.length === 0) return { kind: "text", text: helpText([], program, commands) ?? "" };
  const named = commands.filter(({ name }) => name.split(" ")[0] === argv[0]);
  const tree = makeTree(named.length > 0 ? named : commands, program);
  try {
    tree.root.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text: tree.printed.join("") };
    // A noun without its verb: its help goes where errors go, which nobody reads here.
    if (error.code === "commander.help")
      return { kind: "text", text: helpText(argv, program, commands) ?? "" };
    throw usageError(error, argv, { calledAs: program.calledAs, commands });
  }
  if (tree.called.call !== null) return { kind: "call", call: tree.called.call };
  return { kind: "text", text: helpOf(tree, tree.root) };
}

/** The help of the command that these words begin with, or of the whole program for none. */
export function helpText(
  words: readonly string[],
  program: Program,
  commands: readonly CommandSpec[],
): string | null {
  const tree = makeTree(commands, program);
  let command = tree.root;
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) return command === tree.root ? null : helpOf(tree, command);
    command = below;
  }
  return helpOf(tree, command);
}

function helpOf(tree: Tree, command: Command): string {
  tree.printed.length = 0;
  command.outputHelp();
  return tree.printed.join("");
}

interface Tree {
  readonly root: Command;
  readonly printed: string[];
  readonly called: { call: Call | null };
}

function makeTree(specs: readonly CommandSpec[], { calledAs, version, stdout }: Program): Tree {
  const columns = stdout.isTerminal ? stdout.columns : null;
  const printed: string[] = [];
  const called: Tree["called"] = { call: null };
  const root = new Command(calledAs)
    .description("runs workflows of coding agents and scripts, and goes on after a crash")
    .version(`decapod ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void printed.push(text),
      writeErr: () => {},
      getOutHelpWidth: () => columns ?? PIPED_COLUMNS,
    })
    .configureHelp({
      showGlobalOptions: false,
      minWidthToWrap: BESIDE_MIN,
      ...(columns !== null && { formatItem: (...item) => itemText(columns, ...item) }),
    });
  for (const spec of GLOBAL_OPTIONS) root.addOption(makeOption(spec));
  root.addOption(makeOption({ flags: "--json-fields <fields>", text: "", many: true }).hideHelp());
  for (const spec of specs) addCommand(root, spec, { called, specs, columns });
  root.addHelpText("after", `\n${wrapped(`pages: ${TOPIC_NAMES.join(", ")}`, columns)}`);
  return { root, printed, called };
}

/** What is said of an option has at least so many columns beside it. */
const BESIDE_MIN = 30;
const PIPED_COLUMNS = 80;
const BELOW = " ".repeat(6);

/** One option or command with what is said of it: beside it, or below where the screen leaves too little room. */
function itemText(columns: number, ...item: Parameters<Help["formatItem"]>): string {
  const [term, termWidth, text, help] = item;
  if (text === "" || columns - termWidth - 4 >= BESIDE_MIN)
    return Help.prototype.formatItem.apply(help, item);
  const lines = wrapped(text, columns - BELOW.length).split("\n");
  return [`  ${term}`, ...lines.map((line) => BELOW + line)].join("\n");
}

/** `columns`: null where nobody looks. */
function wrapped(text: string, columns: number | null): string {
  return columns === null ? text : Object.assign(new Help(), { minWidthToWrap: 1 }).boxWrap(text, columns);
}

/** `workflow list` stands below `workflow`, which is made when the first of its verbs comes. */
function addCommand(
  root: Command,
  spec: CommandSpec,
  {
    called,
    specs,
    columns,
  }: {
    readonly called: Tree["called"];
    readonly specs: readonly CommandSpec[];
    readonly columns: number | null;
  },
): void {
  const [first = "", verb] = spec.name.split(" ");
  const above = verb === undefined ? root : nounOf(root, first, specs);
  const command = above
    .command(`${verb ?? first} ${spec.words}`.trimEnd(), { hidden: spec.isHidden === true })
    .summary(spec.summary)
    .description(spec.summary)
    .allowExcessArguments(false)
    .helpOption("-h, --help", "print this help");
  for (const option of spec.options) command.addOption(makeOption(option));
  const examples = spec.examples.map((example) => `  $ ${root.name()} ${example}`);
  command.addHelpText(
    "after",
    `\nExamples:\n${examples.join("\n")}\n\n${wrapped(`Options of every command: ${root.name()} --help`, columns)}`,
  );
  command.action(() => {
    const words = command.processedArgs.flat().filter((word) => typeof word === "string");
    called.call = { command: spec, words, options: { ...root.opts(), ...command.opts() } };
  });
}

function nounOf(root: Command, name: string, specs: readonly CommandSpec[]): Command {
  const known = root.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const verbs = specs
    .filter((spec) => spec.name.startsWith(`${name} `))
    .map((spec) => spec.name.slice(name.length + 1));
  return root
    .command(name)
    .usage("<verb>")
    .summary(verbs.join(", "))
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", `\nmore: ${root.name()} help ${name} ${verbs[0] ?? ""}`);
}

function makeOption({ flags, text, many = false }: OptionSpec): Option {
  const option = new Option(flags, text);
  if (many)
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return option;
}

/** Commander's sentence in our form: the suggestion becomes what to try. */
function usageError(
  error: CommanderError,
  argv: readonly string[],
  { calledAs, commands }: { readonly calledAs: string; readonly commands: readonly CommandSpec[] },
): Refused {
  const [, first = "", meant] =
    error.message.match(/^(?:error: )?([\s\S]*?)(?:\n\(Did you mean (?:one of )?([\s\S]*)\?\))?$/) ?? [];
  const isSaid = ({ name }: CommandSpec) => name.split(" ").every((word) => argv.includes(word));
  const [noun] = commands.find(({ name }) => name.startsWith(`${argv[0]} `))?.name.split(" ") ?? [];
  const said = commands.find(
    (spec) => isSaid(spec) && (noun === undefined || spec.name.startsWith(`${noun} `)),
  );
  const name = said?.name ?? noun;
  const help = name === undefined ? `${calledAs} --help` : `${calledAs} help ${name}`;
  return new Refused([
    { code: "E_USAGE", message: clean(first), hint: meant === undefined ? help : clean(meant) },
  ]);
}
