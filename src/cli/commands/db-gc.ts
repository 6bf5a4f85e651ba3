/** decapod db gc: clears away what `retention` of decapod.yaml keeps no longer. */
import { EXIT } from "../../core/problem.ts";
import { type Collected, collect } from "../../host/embedded/keeping/collect.ts";
import { bytesText } from "../../host/embedded/keeping/size.ts";
import { type Context, flagOption, hint, type Options } from "../context.ts";
import { answer, keepingOf, noJournal } from "../keeping.ts";
import { take } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const { files, clock, calledAs } = context.application;
  const { project, stateFolder } = keepingOf(context);
  const dryRun = flagOption(options, "dryRun");
  const { retention } = project.config;
  const collected = take(collect({ files, clock, stateFolder, retention, dryRun }));
  if (collected === null) throw noJournal(context);
  answer(context, { dryRun, ...collected }, linesOf(collected, dryRun));
  if (dryRun && collected.runs.length + collected.logs.length + collected.outputs > 0)
    hint(context, `nothing was changed; to do it: ${calledAs} db gc`);
  return EXIT.done;
}

function linesOf({ runs, logs, outputs, bytes }: Collected, dryRun: boolean): readonly string[] {
  const total = bytes.journal + bytes.folders + bytes.logs + bytes.outputs;
  if (runs.length + logs.length + outputs === 0) return ["✓ nothing is old enough to go"];
  const lines = [
    [
      runs.length,
      `${count(runs.length, "run")} with all that belongs to ${runs.length === 1 ? "it" : "them"}`,
      bytes.journal + bytes.folders,
    ],
    [logs.length, `the logs of ${count(logs.length, "run")}`, bytes.logs],
    [outputs, `${count(outputs, "output")} that nothing speaks of`, bytes.outputs],
  ] as const;
  return [
    `${dryRun ? "would go" : "✓ gone"}: ${bytesText(total)}`,
    ...lines.flatMap(([number, text, size]) => (number === 0 ? [] : [`  ${text}: ${bytesText(size)}`])),
  ];
}
