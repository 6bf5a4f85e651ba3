/** decapod db check: every chain, digest and row of the journal. */
import { EXIT } from "../../core/problem.ts";
import { type Checked, checkJournal } from "../../host/embedded/keeping/check.ts";
import { missingNotice } from "../../host/embedded/missing.ts";
import type { Context } from "../context.ts";
import { answer, keepingOf, noJournal } from "../keeping.ts";
import { clean } from "../print.ts";
import { Refused } from "../refusal.ts";
import { count } from "../text.ts";

/** A person reads so many lines; --json gives all. */
const LINES_MAX = 20;

export async function action(context: Context): Promise<number> {
  const { application, err, globals } = context;
  const { project, stateFolder, backups } = keepingOf(context);
  const checked = checkJournal(stateFolder, application.files, application.deciding(project));
  if (checked.refused !== null) throw new Refused([checked.refused]);
  const { runs, readable, entries, outputs, damagedOutputs } = checked;
  const unmarked = checked.isUnmarked ? ["the high-water mark (decapod.mark) is missing"] : [];
  const damage = [...checked.damage, ...unmarked, ...damagedOutputs.map(({ text }) => text)];
  if (checked.tail.number === 0 && entries === 0 && damage.length === 0) {
    const [gone] = missingNotice(application.files, backups);
    throw gone === undefined ? noJournal(context) : new Refused([{ ...gone, code: "E_JOURNAL" }]);
  }
  const isWhole = damage.length === 0;
  const counted = `${count(runs, "run")}, ${readable} of ${entries} entries readable, ${count(outputs, "output")} kept apart`;
  answer(context, { ok: isWhole, runs, readable, entries, outputs, damage }, [
    `${headOf(checked)}: ${counted}`,
  ]);
  if (isWhole) return EXIT.done;
  if (!globals.json) {
    err.lines(damage.slice(0, LINES_MAX).map((line) => `  ${clean(line, 400)}`));
    if (damage.length > LINES_MAX) err.line(`  and ${damage.length - LINES_MAX} more: --json lists them`);
    err.lines(nextSteps(checked, application.calledAs).map((step) => `next: ${clean(step, 400)}`));
  }
  return EXIT.integrity;
}

function headOf({ damage, damagedOutputs, isUnmarked }: Checked): string {
  if (damage.length > 0) return "✗ the journal is damaged";
  if (isUnmarked) return "✗ the journal lost its high-water mark";
  return damagedOutputs.length > 0
    ? "✗ the journal is whole, outputs kept beside it are damaged"
    : "✓ the journal is whole";
}

/** So many runs are named. */
const RUNS_MAX = 5;

/** A backup holds the journal and no outputs: going back to one brings none of them back. */
function nextSteps({ damage, damagedOutputs, isUnmarked }: Checked, calledAs: string): readonly string[] {
  const restore = `${calledAs} db restore --latest`;
  if (damage.length > 0) return [`${restore}; it keeps what is here`];
  const runs = [...new Set(damagedOutputs.flatMap(({ run }) => run ?? []))];
  const more = runs.length > RUNS_MAX ? ` and ${runs.length - RUNS_MAX} more` : "";
  const named = `${runs.slice(0, RUNS_MAX).join(", ")}${more}`;
  return [
    ...(isUnmarked ? [`the next run makes it anew; ${restore} only when runs are missing`] : []),
    ...(runs.length > 0 ? [`start again what made them, no backup holds outputs: run ${named}`] : []),
    ...(damagedOutputs.some(({ run }) => run === null)
      ? [`${calledAs} db gc clears away what no run speaks of`]
      : []),
  ];
}
