/** decapod completion: the script that a shell reads. */
import { EXIT } from "../../core/problem.ts";
import { completionScript, SHELLS } from "../completion/scripts.ts";
import { type Context, hint } from "../context.ts";
import { clean } from "../print.ts";
import { usage } from "../refusal.ts";

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { out, application } = context;
  const [asked = ""] = words;
  const shell = SHELLS.find((name) => name === asked);
  if (shell === undefined)
    throw usage(`there is no completion for "${clean(asked, 40)}"`, `completion ${SHELLS.join("|")}`);
  out.line(completionScript(shell).trimEnd());
  if (out.isTerminal) hint(context, `where it belongs: ${application.calledAs} help shell-completion`);
  return EXIT.done;
}
