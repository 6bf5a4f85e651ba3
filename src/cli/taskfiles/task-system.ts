/** What `init` makes for task files: the folders, the templates, the guide, and what git leaves out of them. */
import { join } from "node:path";
import { ARCHIVE, FOLDERS, LATEST, RESULTS, TASKS, TEMPLATES } from "../../exchange/taskfile/task-folders.ts";
import type { Files } from "../../port/files.ts";
import { packageFolder } from "../../port/package-folder.ts";
import type { NewFiles } from "../new-files.ts";
import { builtInTaskTemplates } from "./task-templates.ts";

export const GUIDE = ".claude/task-system-guide.md";

const WHAT: Readonly<Record<(typeof FOLDERS)[number], string>> = {
  pending: "task files to be done: write them here",
  "in-progress": "what is being done",
  completed: "what succeeded",
  failed: "what failed",
};

/** Links that every result moves would only be noise in commits; tasks and results themselves are kept. */
const IGNORED = `# decapod: tasks and results are kept in git, links to the newest results and half-written files are not
/${LATEST}/
/${TASKS}/**/.*
/${RESULTS}/**/.*.tmp
`;

export function addTaskSystem(made: NewFiles, files: Files): void {
  for (const folder of FOLDERS) made.folder(`${TASKS}/${folder}`, WHAT[folder]);
  made.folder(TEMPLATES, "what new task files are made from");
  for (const { name, text } of builtInTaskTemplates(files))
    made.file(`${TEMPLATES}/${name}.md`, "a template of task files", text);
  made.folder(RESULTS, "what came of them, by day");
  made.folder(LATEST, "links to the newest result of each");
  made.folder("workers", "programs of yours that do tasks");
  made.folder(ARCHIVE, "old task files");
  const guide = files.readText(join(packageFolder("templates"), "task-system-guide.md"));
  made.file(GUIDE, "how a session of an agent works with task files", guide);
  made.file(".gitignore", "what git leaves out of tasks and results", IGNORED);
}

/** A .gitignore that was there is the person's own: it is only said what it lacks, and what stands against a record. */
export function keptOutNotes(files: Files, root: string): readonly string[] {
  const lines = (files.readTextIf(join(root, ".gitignore")) ?? "").split("\n").map((line) => line.trim());
  const hidden = [TASKS, RESULTS].flatMap((folder) => {
    const hides = lines.find((line) => new RegExp(`^(?:\\*\\*/|/)?${folder}(?:/|/\\*|/\\*\\*)?$`).test(line));
    return hides === undefined
      ? []
      : [`.gitignore leaves out ${folder}/ (${hides}); they are a record that belongs into git`];
  });
  const wanted = IGNORED.split("\n").filter((line) => line.startsWith("/") && !lines.includes(line));
  if (wanted.length === 0) return hidden;
  return [
    ...hidden,
    `.gitignore lacks lines that keep links and half-written files out of git: ${wanted.join(" ")}`,
  ];
}
