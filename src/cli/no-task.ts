import type { RunRow } from "../host/host.ts";
import { nearest } from "../spec/nearest.ts";
import type { Reader } from "./application.ts";
import type { Context } from "./context.ts";
import { shortRun } from "./ids.ts";
import { clean } from "./print.ts";
import { type Refused, refused } from "./refusal.ts";

export interface Missing {
  readonly reader: Reader;
  readonly row: RunRow;
  /** The tasks that it has, as they are named here. */
  readonly known: readonly string[];
}

/** A task that the run does not have: which one may have been meant, or where they are listed. */
export function noTask({ application }: Context, typed: string, { reader, row, known }: Missing): Refused {
  const name = shortRun(reader, row.run);
  const hint = nearest(typed, known) ?? `${application.calledAs} show ${name}`;
  return refused("E_UNKNOWN_TASK", `run ${name} has no task "${clean(typed, 60)}"`, hint);
}
