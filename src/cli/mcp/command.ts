/** A command of the command line, called by this process for its document: what scripts read, tools answer. */
import type { JsonMap } from "../../core/json.ts";
import type { Application, Output } from "../application.ts";
import { type Action, type Context, makeContext, type Options } from "../context.ts";
import { NO_GLOBALS } from "../globals.ts";

/** Takes the place of a terminal: nothing goes anywhere. */
class Page implements Output {
  readonly isTerminal = false;
  readonly columns = null;
  readonly rows = null;
  readonly #parts: string[] = [];

  write(text: string | Uint8Array): void {
    this.#parts.push(typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
  }

  get text(): string {
    return this.#parts.join("");
  }
}

/** As with --json and --no-input. */
export function quietContext(application: Application, project: string | null): Context {
  const nowhere = { ...application, stdout: new Page(), stderr: new Page(), canAsk: false };
  return makeContext(nowhere, { ...NO_GLOBALS, json: true, input: false, color: "never", project });
}

/** The document that the command prints with --json. What it refuses is thrown, as everywhere on the command line. */
export async function documentOf(
  context: Context,
  action: Action,
  { words = [], options = {} }: { readonly words?: readonly string[]; readonly options?: Options },
): Promise<JsonMap> {
  const page = new Page();
  const own = makeContext({ ...context.application, stdout: page }, context.globals);
  await action(own, words, options, { commands: [], globalOptions: [] });
  return JSON.parse(page.text) as JsonMap;
}
