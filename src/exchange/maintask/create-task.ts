/** A new task of a loop: a file that a fresh agent can begin with, and the folder for what is gathered and made. */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { halfOf, type TaskFolders } from "../taskfile/task-folders.ts";
import { keyOfId } from "../taskfile/task-id.ts";
import { fileOf, nameTrouble } from "./loop-task.ts";
import { taskFile } from "./loop-tasks.ts";
import { isStream, LOOP_FOLDER, type Stream } from "./stream.ts";
import { historyLine } from "./task-history.ts";

export interface NewTask {
  readonly name: string;
  /** null: its words. */
  readonly title: string | null;
  readonly description: string | null;
  /** What is to lie in its folder at the end, relative to it. */
  readonly outputs: readonly string[];
  /** The task that it is a part of. */
  readonly parent: string | null;
}

export interface MadeTask {
  readonly file: string;
  readonly shown: string;
  readonly folder: string;
}

export function createTask(
  folders: TaskFolders,
  stream: Stream,
  { task, nowMs }: { readonly task: NewTask; readonly nowMs: number },
): Result<MadeTask> {
  const refused = trouble(folders, stream, task);
  if (refused !== null) return bad(refused);
  const file = fileOf(task.name, "pending");
  const [shown, folder] = [`${stream.shown}/${file}`, folderOf(stream, task.name)];
  const unmade = folders.makeFolder(folder) ?? noFolder(folders, folder);
  if (unmade !== null) return bad(unmade);
  const created = createWhole(folders, shown, { text: taskText(stream, task, nowMs), nowMs });
  if (!created.ok) return created;
  return created.value ? good({ file, shown, folder }) : bad(justMade(task.name));
}

/** Nobody takes so long to make a file: who began it was killed. */
const LEFT_MS = 10_000;

function createWhole(
  folders: TaskFolders,
  shown: string,
  { text, nowMs }: { readonly text: string; readonly nowMs: number },
): Result<boolean> {
  const created = folders.create(shown, text);
  if (!created.ok || created.value) return created;
  const half = halfOf(join(folders.root, shown));
  const begunMs = folders.files.stat(half)?.modifiedMs ?? nowMs;
  if (nowMs - begunMs < LEFT_MS) return created;
  folders.files.remove(half);
  return folders.create(shown, text);
}

/** As people see it. */
export function folderOf(stream: Stream, name: string): string {
  return `${stream.shown}/${name}`;
}

function trouble({ files, root }: TaskFolders, stream: Stream, task: NewTask): Problem | null {
  const refused = nameTrouble(task.name) ?? textTrouble(task.description ?? "");
  if (refused !== null) return refused;
  const same = taskFile(files, stream, task.name);
  if (same !== null) return taken(`there is such a task already: ${stream.shown}/${same}`);
  // Tasks of the stream without a name have their folders where the other streams lie.
  if (stream.name === null) {
    const other = files
      .list(stream.folder)
      .find(({ name }) => keyOfId(name) === keyOfId(task.name) && isStream(files, root, name));
    return other === undefined
      ? null
      : taken(`${LOOP_FOLDER}/${other.name} is a stream, and no folder of a task`);
  }
  const owner = taskFile(files, { folder: join(root, LOOP_FOLDER) }, stream.name);
  return owner === null ? null : taken(`${stream.shown} is the folder of a task: ${LOOP_FOLDER}/${owner}`);
}

function taken(message: string): Problem {
  return { code: "E_DUPLICATE_TASK", message, hint: "take another name" };
}

function justMade(name: string): Problem {
  return {
    code: "E_DUPLICATE_TASK",
    message: `somebody else is just making the task ${name}, or was killed doing so`,
    hint: `look again in ${LEFT_MS / 1000} seconds: what is still half made then gives way`,
  };
}

function noFolder({ files, root }: TaskFolders, shown: string): Problem | null {
  if (files.stat(join(root, shown))?.kind === "folder") return null;
  return { code: "E_IO", message: `${shown} is no folder`, hint: "move it away" };
}

/** What an agent reads as text must not be able to move its terminal. */
function textTrouble(text: string): Problem | null {
  const found = /[^\P{Cc}\n\t\r]/u.exec(text);
  if (found === null) return null;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "E_ENCODING",
    message: `the description holds a character that is not seen (U+${code})`,
    hint: "write plain text",
  };
}

function taskText(stream: Stream, task: NewTask, nowMs: number): string {
  const { name, parent, outputs } = task;
  const folder = folderOf(stream, name);
  const more = stream.name === null ? "" : ` --stream ${stream.name}`;
  const change = `decapod task state ${name}`;
  const made = historyLine({ timeMs: nowMs, from: null, to: "pending", note: "made" });
  return `# ${task.title ?? titleOf(name)}

${description(task)}

## What to do

One task of a loop, done by whoever reads this. Read what lies in \`${folder}/\`, do this task and no other.
${parent === null ? "" : `It is a part of \`${parent}\`: what the parts before it found lies in \`${stream.shown}/${parent}-*/\`.\n`}
1. \`${change} running${more}\`
2. Do it. What is gathered and what is made goes into \`${folder}/\`.
3. \`${change} completed${more} --note "what was done"\`; or \`failed\`, or \`blocked\`, with why.

## Outputs

${(outputs.length === 0 ? [""] : outputs).map((output) => `- \`${folder}/${output}\``).join("\n")}

## History

${made}
`;
}

const UNSAID = "Write here what is to be done, and by what it is seen that it is done.";

function description({ description: said }: NewTask): string {
  const text = (said ?? "").replace(/\r\n?/g, "\n").trim();
  return text === "" ? UNSAID : text;
}

/** What stands in a task's file between its title and the next heading; "" when nobody has written it. */
export function descriptionIn(text: string): string {
  const title = /^# .*$/m.exec(text);
  const body = title === null ? text : text.slice(title.index + title[0].length);
  const said = (body.split(/^## /m)[0] ?? "").trim();
  return said === UNSAID ? "" : said;
}

/** `Semiconductor research data gathering` */
export function titleOf(name: string): string {
  const words = name.replace(/[-_.]+/g, " ").trim();
  const [first = ""] = words;
  return first.toUpperCase() + words.slice(first.length);
}
