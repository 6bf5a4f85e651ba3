/** decapod doctor: this machine. What is wrong with the project and its runs, `health` says. */
import { EXIT } from "../../core/problem.ts";
import { report } from "../checks.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import { keepingOf } from "../keeping.ts";
import { machineChecks } from "../machine.ts";
import { clean } from "../print.ts";
import { folderChecks } from "../state-folder.ts";

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const keeping = keepingOf(context);
  const ofMachine = await machineChecks(context, keeping);
  const before = folderChecks(context, keeping);
  const fixes = flagOption(options, "fix") ? before.flatMap(({ fix }) => fix ?? []) : [];
  for (const fix of fixes) {
    const done = fix();
    if (!context.globals.json) context.err.line(clean(done, 4000));
  }
  const after = fixes.length === 0 ? before : folderChecks(context, keeping);
  return report(context, [...ofMachine, ...after], EXIT.environment);
}
