/** The command line: words in, exit code out. Nothing is thrown from here but bugs. */
import { exitOfAll } from "../core/codes.ts";
import { EXIT } from "../core/problem.ts";
import type { Application } from "./application.ts";
import { makeContext } from "./context.ts";
import { globalsAtOnce, globalsOf, withoutFields } from "./globals.ts";
import { printRefusal } from "./problems.ts";
import { Refused } from "./refusal.ts";
import { helpText, parse } from "./tree.ts";

/** Runs one command and returns the exit code (docs/exit-codes.md). */
export async function runCommandLine(application: Application, argv: readonly string[]): Promise<number> {
  let context = makeContext(application, globalsAtOnce(argv));
  try {
    const parsed = parse(withoutFields(argv), application);
    if (parsed.kind === "text") {
      application.stdout.write(parsed.text.endsWith("\n") ? parsed.text : `${parsed.text}\n`);
      return EXIT.done;
    }
    const { command, words, options } = parsed.call;
    context = makeContext(application, globalsOf(options));
    if (command.name === "help") {
      const help = helpText(words, application);
      if (help !== null) {
        context.out.line(help.trimEnd());
        return EXIT.done;
      }
    }
    const { action } = await command.load();
    return await action(context, words, options);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    printRefusal(context, error);
    return exitOfAll(error.problems) || EXIT.usage;
  }
}
