/** Opening the engine for a run that is there already. */
import type { Result } from "../core/problem.ts";
import { bad } from "../core/problem.ts";
import type { RunRow } from "../host/host.ts";
import type { OpenEngine, OpenOptions, Project, Reader } from "./application.ts";
import type { Context } from "./context.ts";
import { shortRun } from "./ids.ts";
import { clean } from "./print.ts";
import { Refused } from "./refusal.ts";
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
  const checked = application.workflow(project, row.workflow);
  const name = clean(row.workflow);
  if (!checked.ok) {
    const message = `the rehearsed workflow ${name} is no longer found, so its rehearsal cannot go on`;
    return bad({ code: "E_NOT_FOUND", message, hint: `${application.calledAs} run FILE --rehearse` });
  }
  const rehearse: OpenOptions["rehearse"] = { workflowFile: checked.value.file };
  return application.open(project, { durability: null, slots, rehearse });
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
