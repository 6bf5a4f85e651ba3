/** What the steps of an invocation gave, also where it was too large for its row and lies in a file. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { TaskRow } from "../../host/host.ts";
import { Outputs } from "../../work/outputs.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";

export function outputsOf({ application }: Context, { stateFolder }: Project): Outputs {
  return new Outputs(application.files, stateFolder);
}

/** null: there is none yet. */
export function passOutput(outputs: Outputs, row: TaskRow | undefined): JsonMap | null {
  const inline: Json = row?.output === null || row === undefined ? null : (JSON.parse(row.output) as Json);
  if (!isMap(inline)) return null;
  if (typeof inline.digest !== "string") return inline;
  const text = outputs.whole(inline.digest);
  const whole: Json = text === null ? null : (JSON.parse(text) as Json);
  return isMap(whole) ? whole : null;
}
