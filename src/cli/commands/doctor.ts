/** decapod doctor: this machine. What is wrong with the project and its runs, `health` says. */
import { EXIT } from "../../core/problem.ts";
import { putRight, report } from "../checks.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import { keepingOf } from "../keeping.ts";
import { machineChecks } from "../machine.ts";
import { folderChecks } from "../state-folder.ts";

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const keeping = keepingOf(context);
  const ofMachine = await machineChecks(context, keeping);
  const before = folderChecks(context, keeping);
  const isMended = flagOption(options, "fix") && (await putRight(context, before));
  const after = isMended ? folderChecks(context, keeping) : before;
  return report(context, [...ofMachine, ...after], EXIT.environment);
}
