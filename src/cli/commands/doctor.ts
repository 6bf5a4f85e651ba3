/** decapod doctor: this machine, and whether what is set can be read. Of the project and its runs, `health` says more. */
import { join } from "node:path";
import { EXIT, type Problem } from "../../core/problem.ts";
import { PROJECT_FILE } from "../../spec/project.ts";
import { type Check, putRight, report, well, wrong } from "../checks.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import { type KeptPlace, keptPlaceOf } from "../keeping.ts";
import { machineChecks } from "../machine.ts";
import { folderChecks } from "../state-folder.ts";

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const place = keptPlaceOf(context);
  const ofMachine = [...(await machineChecks(context, place)), ...settings(context, place)];
  const before = folderChecks(context, place);
  const isMended = flagOption(options, "fix") && (await putRight(context, before));
  const after = isMended ? folderChecks(context, place) : before;
  return report(context, [...ofMachine, ...after], EXIT.environment);
}

/** Other commands refuse to begin with what is wrong here; this one names all of it and goes on. */
function settings({ application, globals }: Context, { root }: KeptPlace): readonly Check[] {
  const read = application.project(globals.project);
  if (!read.ok) return read.problems.map(wrongSetting);
  const isThere = application.files.exists(join(root, PROJECT_FILE));
  return [
    well(
      "settings",
      isThere ? `${PROJECT_FILE} can be read` : `no ${PROJECT_FILE}: nothing is set otherwise`,
    ),
  ];
}

function wrongSetting({ message, hint, at }: Problem): Check {
  const place = at === undefined ? "" : `${at.file}:${at.line}:${at.column}: `;
  return wrong("settings", `${place}${message}`, hint ?? `look at ${PROJECT_FILE}`);
}
