/** Waiting for a run with a bound, as somebody who only looks. */

import { bad } from "../../core/problem.ts";
import type { RunStatus } from "../../core/run.ts";
import { noRuns, projectOf } from "../context.ts";
import { nextOwner } from "../following/follow-there.ts";
import { Watching } from "../following/watching.ts";
import { findRun } from "../ids.ts";
import { Refused, take } from "../refusal.ts";
import { isClosed } from "../words.ts";
import type { Calling } from "./tool.ts";

/** Why nothing is waited for any more. */
export type Why =
  | "ended"
  | "waits for a person"
  | "interrupted: nobody works on it; a person goes on with decapod resume"
  | "still going on";

export async function waitFor({ context, signal }: Calling, name: string, seconds: number): Promise<Why> {
  const { application } = context;
  const project = projectOf(context);
  const journal = take(await application.watch(project));
  if (journal === null) throw new Refused([noRuns(context)]);
  const run = take(findRun(journal.reader, name));
  if (isClosed(journal.reader.run(run)?.status ?? "running")) return "ended";
  const owner = take(await application.connect(project));
  const client = owner?.shown.runs.includes(run) === true ? owner.client : null;
  const watching = new Watching({
    journal,
    client,
    next: (sought) => nextOwner(context, project, sought),
    give: async () => bad({ code: "E_HUMAN_ONLY", message: "only a person decides" }),
    untilQuestion: true,
  });
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const cancel = application.clock.after(seconds * 1000, stop, { hold: true });
  signal.addEventListener("abort", stop, { once: true });
  try {
    await watching.begin();
    if (watching.watch(run) === null) watching.see(run);
    const status = await watching.host.ended(run, { untilWaiting: true }, stopping.signal);
    return whyOf(status, watching, run);
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
    await watching.close();
  }
}

/** An owner whose runs only wait for people ends: that nobody works on such a run interrupts nothing. */
function whyOf(status: RunStatus | null, watching: Watching, run: string): Why {
  if (status !== null) return "ended";
  const isAsked = [watching.run(run), ...watching.below(run)].some((one) => (one?.openDecisions ?? 0) > 0);
  if (isAsked) return "waits for a person";
  if (watching.isOrphaned) return "interrupted: nobody works on it; a person goes on with decapod resume";
  return "still going on";
}
