/** The tasks of a run as a todo list in Markdown: for people, agents and whatever shows such lists. */
import type { RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import { openDecisions } from "./deciding/open-decisions.ts";
import { shortRun } from "./ids.ts";
import { type TaskDocument, taskDocuments } from "./json.ts";
import type { Moment } from "./notes.ts";
import { clean } from "./print.ts";
import { lookOfRun, styledTask } from "./words.ts";

/** By this a file of ours is known again. */
export const TODO_MARK = "<!-- kept by decapod: what is changed here is written over -->";
/** Of one mapped task; the others are counted. */
const ITEMS_SHOWN = 50;
const TEXT_MAX = 200;

export function todoText(reader: Reader, row: RunRow, moment: Moment): string {
  const open = openDecisions(reader, row);
  const isInterrupted = row.endedAt === null && row.status !== "paused" && !reader.owned;
  const { word } = lookOfRun({ status: row.status, waitingFor: open.length, isInterrupted });
  const name = shortRun(reader, row.run);
  const rehearsal = row.rehearse ? " REHEARSAL" : "";
  const asks = open.map(
    (one) => `- [ ] **you**: ${plain(one.decision.message)} (\`decapod approve ${one.name}\`)`,
  );
  return [
    TODO_MARK,
    `# ${plain(row.workflow)} ${name}${rehearsal}: ${word}, ${row.done} of ${row.total} done`,
    "",
    ...asks,
    ...taskLines(taskDocuments(reader, row, moment)),
    "",
  ].join("\n");
}

function taskLines(tasks: readonly TaskDocument[]): readonly string[] {
  const itemsOf = Map.groupBy(
    tasks.filter(({ id }) => id.includes("[")),
    ({ id }) => id.slice(0, id.indexOf("[")),
  );
  return tasks
    .filter(({ id }) => !id.includes("["))
    .flatMap((task) => {
      const items = itemsOf.get(task.id) ?? [];
      const left = items.length - ITEMS_SHOWN;
      return [
        lineOf(task),
        ...items.slice(0, ITEMS_SHOWN).map((item) => `  ${lineOf(item)}`),
        ...(left > 0 ? [`  - … and ${left} more`] : []),
      ];
    });
}

const OVER: ReadonlySet<string> = new Set(["success", "skipped", "cancelled"]);

/** A failed task stays open: somebody has to do something about it. */
function lineOf({ id, status, reason, skipReason, error }: TaskDocument): string {
  const { word } = styledTask(status, reason);
  const why = error === null ? (skipReason ?? "") : `${error.class}: ${error.message}`;
  const state =
    status === "success" || status === "pending" ? "" : ` (${[word, plain(why)].filter(isSaid).join(": ")})`;
  return `- [${OVER.has(status) ? "x" : " "}] ${plain(id)}${state}`;
}

function isSaid(text: string): boolean {
  return text !== "";
}

/** Nothing in it is taken for a sign of Markdown. */
function plain(text: string): string {
  const [first = ""] = clean(text, TEXT_MAX).split("\n");
  return first.replace(/[\\`*_{}[\]<>#|]/g, (sign) => `\\${sign}`);
}
