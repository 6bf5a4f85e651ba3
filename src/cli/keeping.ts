/** What the commands that care for the journal share. */
import { backupFolder } from "../host/embedded/backup.ts";
import type { Place, Project } from "./application.ts";
import { type Context, placeOf, projectOf } from "./context.ts";
import { jsonText } from "./json.ts";
import { clean } from "./print.ts";
import { Refused } from "./refusal.ts";

/** Where it all lies, whatever decapod.yaml says. */
export interface KeptPlace extends Place {
  /** Where this project's backups lie, outside of it. */
  readonly backups: string;
}

export interface Keeping extends KeptPlace {
  readonly project: Project;
}

export function keptPlaceOf(context: Context): KeptPlace {
  const { root, stateFolder } = placeOf(context);
  return { root, stateFolder, backups: backupFolder(root, context.application.environment) };
}

export function keepingOf(context: Context): Keeping {
  return { project: projectOf(context), ...keptPlaceOf(context) };
}

export function noJournal({ application }: Context): Refused {
  const hint = `${application.calledAs} run WORKFLOW begins one`;
  return new Refused([{ code: "E_NOT_FOUND", message: "this project has no journal yet", hint }]);
}

/** One document with --json, else lines for a person. */
export function answer({ globals, out }: Context, document: object, lines: readonly string[]): void {
  if (globals.json) out.line(jsonText({ schemaVersion: 1, ...document }));
  else out.lines(lines.map((line) => (line.match(/^ */)?.[0] ?? "") + clean(line, 4000)));
}
