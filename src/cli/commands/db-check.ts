/** decapod db check: every chain, digest and row of the journal. */
import { EXIT } from "../../core/problem.ts";
import { checkJournal } from "../../host/embedded/keeping/check.ts";
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
  const { damage, runs, readable, entries, outputs } = checked;
  if (checked.tail.number === 0 && entries === 0 && damage.length === 0) {
    const [gone] = missingNotice(application.files, backups);
    throw gone === undefined ? noJournal(context) : new Refused([{ ...gone, code: "E_JOURNAL" }]);
  }
  const isWhole = damage.length === 0;
  const counted = `${count(runs, "run")}, ${readable} of ${entries} entries readable, ${count(outputs, "output")} kept apart`;
  answer(context, { ok: isWhole, runs, readable, entries, outputs, damage }, [
    `${isWhole ? "✓ the journal is whole" : "✗ the journal is damaged"}: ${counted}`,
  ]);
  if (isWhole) return EXIT.done;
  if (!globals.json) {
    err.lines(damage.slice(0, LINES_MAX).map((line) => `  ${clean(line, 400)}`));
    if (damage.length > LINES_MAX) err.line(`  and ${damage.length - LINES_MAX} more: --json lists them`);
    err.line(`next: ${application.calledAs} db restore --latest; it keeps what is here`);
  }
  return EXIT.integrity;
}
