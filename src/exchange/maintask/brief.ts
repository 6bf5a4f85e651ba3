/** What an agent of a loop is told: one step, where it stands, and how it hands on. It knows nothing of those before it. */
import type { Action } from "./action.ts";
import type { Cursor } from "./cursor.ts";
import { LOOP_STATES, type LoopState } from "./loop-task.ts";

export interface BriefParts {
  readonly cursor: Cursor;
  readonly action: Action;
  /** The folder of the stream, such as `.tasks`. */
  readonly folder: string;
  readonly stream: string | null;
  readonly tasks: readonly { readonly name: string; readonly state: LoopState }[];
  /** What was wrong with the invocation before this one. */
  readonly problems: readonly string[];
}

const HOW: Readonly<Record<Action, string>> = {
  decompose: `Split the task into sub-tasks, each of which one fresh invocation can finish: \`decapod task decompose TASK --auto\`
does it by a template. Do not work on any of them. The next step is to execute the first.`,
  execute: `Set the task to running (\`decapod task state TASK running\`), do its work and nothing else, leave what you made in the
task's folder or commit it, and set it to completed with a note that says what was done
(\`decapod task state TASK completed --note "…"\`); to blocked or failed when that is the truth. The next step is the next
open task.`,
  gather: `Collect what the task needs, and only that, and write it to files in the task's folder with where it came from. Do not
judge it yet. The next step is to work with it.`,
  synthesize: `Read what the sub-tasks left in their folders, write the report into the task's own folder, and set the task to
completed with a note. Gather nothing new. The next step is completed, when nothing is open any more.`,
  check: `List the tasks by state (\`decapod task list --by-state\`), decide what comes next, and change nothing else. The next
step is that one.`,
};

const SHOWN_MAX = 60;

export function briefOf(parts: BriefParts): string {
  const { cursor, action, folder, problems } = parts;
  const lines = [
    "You are one invocation of a loop. You do exactly one step, hand on to the next invocation, and stop. Nobody remembers",
    "anything but what lies in files.",
    "",
    "## The step",
    "",
    `NEXT: ${cursor.next}`,
    ...(cursor.task === null ? [] : [`TASK: ${cursor.task} (its folder: ${folder}/${cursor.task}/)`]),
    ...(cursor.focus === null ? [] : [`FOCUS: ${cursor.focus}`]),
    "",
    HOW[action],
    "",
    ...tasksOf(parts),
    ...(problems.length === 0
      ? []
      : [
          "## What was wrong with the invocation before",
          "",
          ...problems.map((problem) => `- ${problem}`),
          "",
        ]),
    ...handOn(parts),
  ];
  return lines.join("\n");
}

function tasksOf({ tasks, folder }: BriefParts): readonly string[] {
  if (tasks.length === 0) return [];
  const shown = tasks.slice(0, SHOWN_MAX);
  const byState = LOOP_STATES.flatMap((state) => {
    const names = shown.filter((task) => task.state === state).map(({ name }) => name);
    return names.length === 0 ? [] : [`- ${state}: ${names.join(", ")}`];
  });
  const more = tasks.length - shown.length;
  return [
    "## The tasks",
    "",
    `Their files are ${folder}/[STATE]_NAME_task.md.`,
    ...byState,
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
  ];
}

function handOn({ folder, stream }: BriefParts): readonly string[] {
  const of = stream === null ? "" : ` --stream ${stream}`;
  return [
    "## How you hand on",
    "",
    "At the very end, once:",
    "",
    `    decapod main-task update${of} continue "<one next action, at most 15 words>" --task <NAME>`,
    "",
    `\`completed\` instead of \`continue\` when nothing is open any more, \`blocked\` when a person is needed; --focus only where`,
    `something must not be missed. If you cannot run commands, write ${folder}/MAIN_TASK yourself: the lines STATUS, NEXT, TASK,`,
    "FOCUS. Move it once; a second step is the next invocation's.",
  ];
}
