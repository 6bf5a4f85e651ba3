/** decapod cancel: ends a run for good, whoever works on it; its on_complete hooks run. */

import { EXIT } from "../../core/problem.ts";
import { NO_REASON } from "../cancelled.ts";
import { type Context, flagOption, type Options, projectOf, readerOf, textOption } from "../context.ts";
import { finish } from "../finish.ts";
import { stayWith } from "../following/follow-there.ts";
import { openRow } from "../following/take-up.ts";
import { findRun } from "../ids.ts";
import { withOwner } from "../reach.ts";
import { take } from "../refusal.ts";
import { checkRunFields } from "../run-document.ts";
import { isClosed } from "../words.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const { application } = context;
  const row = openRow(context, reader, take(findRun(reader, words[0] ?? "")));
  const { run } = row;
  const reason = textOption(options, "reason") ?? NO_REASON;
  const now = flagOption(options, "now");
  const seen = await withOwner(
    application,
    project,
    { durability: null, slots: null },
    async (reached, isAgain) => {
      const call = await reached.operations();
      return stayWith({ context, project, reached, wait: true }, async (stay) => {
        take(stay.take(run, "watched"));
        const { status } = reader.run(run) ?? row;
        if (!isAgain || !isClosed(status)) take(await call("runs.cancel", { run, reason, now }));
      });
    },
  );
  const code = await finish({ context, ...seen, isOne: true });
  return seen.reader.run(run)?.status === "cancelled" ? EXIT.done : code;
}
