/** The command line: words in, exit code out. Nothing is thrown from here but bugs. */
import { exitOfAll } from "../core/codes.ts";
import { EXIT } from "../core/problem.ts";
import type { Application } from "./application.ts";
import { makeContext } from "./context.ts";
import { globalsAtOnce, globalsOf, withoutFields } from "./globals.ts";
import { printPage } from "./page.ts";
import { clean } from "./print.ts";
import { printRefusal } from "./problems.ts";
import { Refused } from "./refusal.ts";
import { refusedBySystem } from "./refused-by-system.ts";
import { GLOBAL_OPTIONS, RUN } from "./registry/running.ts";
import type { CommandSpec } from "./registry/spec.ts";
import { shellWord } from "./text.ts";
import { helpText, parse } from "./tree.ts";

/** Runs one command and returns the exit code (docs/exit-codes.md). */
export async function runCommandLine(application: Application, argv: readonly string[]): Promise<number> {
  let context = makeContext(application, globalsAtOnce(argv));
  try {
    const commands = await commandsFor(argv);
    const parsed = parse(withoutFields(argv), application, commands);
    if (parsed.kind === "text") {
      printPage(context, parsed.text);
      return EXIT.done;
    }
    const { command, words, options } = parsed.call;
    const globals = globalsOf(options);
    context = makeContext(calledFor(globals.project, application), globals);
    if (command.name === "help") {
      const help = helpText(words, application, commands);
      if (help !== null) {
        printPage(context, help);
        return EXIT.done;
      }
    }
    if (command.startsWork?.(options) === true) application.prepare();
    const { action } = await command.load();
    return await action(context, words, options, { commands, globalOptions: GLOBAL_OPTIONS });
  } catch (error) {
    const refused = error instanceof Refused ? error : refusedBySystem(error);
    if (refused === null) throw error;
    printRefusal(context, refused);
    return exitOfAll(refused.problems) || EXIT.usage;
  }
}

/** What is said to be done next works from here too: it names the project that would not be found from here. */
function calledFor(project: string | null, application: Application): Application {
  const asked = project === null ? null : application.place(project);
  if (asked === null || !asked.ok) return application;
  const { root } = asked.value;
  const here = application.place(null);
  if (here.ok && here.value.root === root) return application;
  return { ...application, calledAs: `${application.calledAs} --project ${shellWord(clean(root, 400))}` };
}

async function commandsFor([first]: readonly string[]): Promise<readonly CommandSpec[]> {
  return first === RUN.name ? [RUN] : (await import("./registry.ts")).COMMANDS;
}
