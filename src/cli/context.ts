/** What every command gets, and the few things nearly all of them do with it. */
import type { Problem } from "../core/problem.ts";
import type { Application, Place, Project, Reader } from "./application.ts";
import type { Moment } from "./notes.ts";
import { type ColourChoice, Printer, usesColour } from "./print.ts";
import { Refused, take } from "./refusal.ts";
import type { CommandTable } from "./registry/words.ts";

/** The options every command understands. */
export interface Globals {
  readonly json: boolean;
  /** Fields asked for by --json=a,b; null for all. */
  readonly fields: readonly string[] | null;
  readonly jsonl: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly wide: boolean;
  readonly color: ColourChoice;
  readonly ui: "auto" | "live" | "plain" | "jsonl";
  readonly project: string | null;
  /** False with --no-input: nobody is asked anything. */
  readonly input: boolean;
  readonly debug: boolean;
}

export interface Context {
  readonly application: Application;
  readonly globals: Globals;
  readonly out: Printer;
  readonly err: Printer;
  /** The file in which a todo list of the run is kept. */
  readonly todo?: string;
}

/** Values of options by their long name in camelCase, as the command line gave them. */
export type Options = Readonly<Record<string, unknown>>;

/** A command: returns the exit code, throws Refused for expected trouble. */
export type Action = (
  context: Context,
  words: readonly string[],
  options: Options,
  table: CommandTable,
) => Promise<number>;

export function makeContext(application: Application, globals: Globals): Context {
  const { environment, stdout, stderr } = application;
  return {
    application,
    globals,
    out: new Printer(stdout, usesColour(globals.color, stdout, environment)),
    err: new Printer(stderr, usesColour(globals.color, stderr, environment)),
  };
}

/** True when the person at this terminal can be asked, and sees what is asked. */
export function isAttended({ application, globals, err }: Context): boolean {
  const isMachine = globals.json || globals.jsonl || globals.quiet;
  return application.canAsk && err.isTerminal && globals.input && !isMachine;
}

export function projectOf({ application, globals }: Context): Project {
  return take(application.project(globals.project));
}

/** For a command that is called often and needs none of the project's settings. */
export function placeOf({ application, globals }: Context): Place {
  return take(application.place(globals.project));
}

/** The journal; its absence is the answer to a question about runs. */
export function readerOf(context: Context, project: Project): Reader {
  const reader = take(context.application.read(project));
  if (reader === null) throw new Refused([noRuns(context)]);
  return reader;
}

export function noRuns({ application }: Context): Problem {
  return {
    code: "E_NOT_FOUND",
    message: "this project has no runs yet",
    hint: `${application.calledAs} run WORKFLOW`,
  };
}

/** A hint on standard error; never with --json, --jsonl or --quiet. */
export function hint(context: Context, text: string): void {
  const { globals, err } = context;
  if (!globals.json && !globals.jsonl && !globals.quiet) err.line(err.paint("gray", text));
}

export function textOption(options: Options, name: string): string | null {
  const value = options[name];
  return typeof value === "string" ? value : null;
}

export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function flagOption(options: Options, name: string): boolean {
  return options[name] === true;
}

/** Now, in the project that is meant. */
export function momentOf(context: Context): Moment {
  return { nowMs: context.application.clock.wall(), limits: projectOf(context).config.limits };
}
