/** What a command needs to know of a run that is there already. */
import type { RunRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { shortRun } from "../ids.ts";
import { Refused } from "../refusal.ts";
import { isClosed } from "../words.ts";

/** The row of a run that has not ended. */
export function openRow({ application }: Context, reader: Reader, id: string): RunRow {
  const row = reader.run(id);
  const name = shortRun(reader, id);
  if (row === null) throw new Refused([{ code: "E_NOT_FOUND", message: `there is no run ${name}` }]);
  if (!isClosed(row.status)) return row;
  const message = `run ${name} has ended: ${row.status}`;
  throw new Refused([{ code: "E_RUN_CLOSED", message, hint: `${application.calledAs} show ${name}` }]);
}
