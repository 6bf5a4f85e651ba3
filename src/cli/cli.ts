/** The command line: words in, exit code out. Nothing is thrown from here but bugs. */
import { exitOfAll } from "../core/codes.ts";
import { EXIT } from "../core/problem.ts";
import { systemError } from "../port/files.ts";
import { ownershipText } from "../port/ownership.ts";
import type { Application } from "./application.ts";
import { makeContext } from "./context.ts";
import { globalsAtOnce, globalsOf, withoutFields } from "./globals.ts";
import { printPage } from "./page.ts";
import { clean } from "./print.ts";
import { printRefusal } from "./problems.ts";
import { Refused } from "./refusal.ts";
import { COMMANDS, GLOBAL_OPTIONS } from "./registry.ts";
import { helpText, parse } from "./tree.ts";

const TABLE = { commands: COMMANDS, globalOptions: GLOBAL_OPTIONS };

/** Runs one command and returns the exit code (docs/exit-codes.md). */
export async function runCommandLine(application: Application, argv: readonly string[]): Promise<number> {
  let context = makeContext(application, globalsAtOnce(argv));
  try {
    const parsed = parse(withoutFields(argv), application);
    if (parsed.kind === "text") {
      printPage(context, parsed.text);
      return EXIT.done;
    }
    const { command, words, options } = parsed.call;
    context = makeContext(application, globalsOf(options));
    if (command.name === "help") {
      const help = helpText(words, application);
      if (help !== null) {
        printPage(context, help);
        return EXIT.done;
      }
    }
    const { action } = await command.load();
    return await action(context, words, options, TABLE);
  } catch (error) {
    const refused = error instanceof Refused ? error : refusedBySystem(error);
    if (refused === null) throw error;
    printRefusal(context, refused);
    return exitOfAll(refused.problems) || EXIT.usage;
  }
}

/** What the machine refuses is nobody's bug: a folder where a file should be, a file that may not be read. */
function refusedBySystem(error: unknown): Refused | null {
  const system = systemError(error);
  if (system === null) return null;
  const { code, path } = system;
  if (code === "EMFILE" || code === "ENFILE") {
    const hint = "raise the limit (ulimit -n), or use fewer --slots";
    return new Refused([{ code: "E_FDS", message: `no file handles left (${code})`, hint }]);
  }
  const hint = "look at it, then try again";
  if (path !== null && (code === "EACCES" || code === "EPERM")) {
    const message = `${clean(path)} cannot be used (no permission): ${clean(ownershipText(path), 400)}`;
    return new Refused([{ code: "E_IO", message, hint: "open it to yourself: chmod u+rwx, or chown" }]);
  }
  const what = path === null ? "the system refused what was asked of it" : `${clean(path)} cannot be used`;
  const meaning = code === "EISDIR" ? ": it is a folder" : "";
  return new Refused([{ code: "E_IO", message: `${what} (${code}${meaning})`, hint }]);
}
