/** Opening the engine for a run that is there already. */
import { resolve } from "node:path";
import type { Result } from "../core/problem.ts";
import type { RunRow } from "../host/host.ts";
import type { OpenEngine, Project, Reader } from "./application.ts";
import type { Context } from "./context.ts";
import { shortRun } from "./ids.ts";
import { clean } from "./print.ts";
import { Refused, take } from "./refusal.ts";
import { isClosed } from "./words.ts";

/** What was rehearsed goes on as a rehearsal: never may its scripts and agents be run for real. */
export async function openFor(
  context: Context,
  project: Project,
  row: RunRow,
  slots: number | null,
): Promise<Result<OpenEngine>> {
  const { application } = context;
  if (!row.rehearse) {
    application.prepare();
    return application.open(project, { durability: null, slots, rehearse: null });
  }
  const rehearse = { workflowFile: rehearsedFile(context, project, row), tasks: null };
  return application.open(project, { durability: null, slots, rehearse });
}

/** Where the script lies beside. The run itself goes on with its own definition, whatever became of the file. */
function rehearsedFile({ application }: Context, project: Project, row: RunRow): string {
  const reader = take(application.read(project));
  const start = reader?.entries(row.root)[0]?.event;
  reader?.close();
  if (start?.type === "run.started" && start.file !== undefined) return resolve(project.root, start.file);
  // Begun by a version that did not note it: by the name of the workflow.
  const checked = application.workflow(project, row.workflow);
  if (checked.ok) return checked.value.file;
  const message = `the rehearsed workflow ${clean(row.workflow)} is no longer found, so its rehearsal cannot go on`;
  throw new Refused([{ code: "E_NOT_FOUND", message, hint: `${application.calledAs} run FILE --rehearse` }]);
}

/** The row of a run that has not ended. */
export function openRow({ application }: Context, reader: Reader, id: string): RunRow {
  const row = reader.run(id);
  const name = shortRun(reader, id);
  if (row === null) throw new Refused([{ code: "E_NOT_FOUND", message: `there is no run ${name}` }]);
  if (!isClosed(row.status)) return row;
  const message = `run ${name} has ended: ${row.status}`;
  throw new Refused([{ code: "E_RUN_CLOSED", message, hint: `${application.calledAs} show ${name}` }]);
}
