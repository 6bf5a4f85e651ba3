/** decapod init: makes what a project needs to begin, touches nothing that is there, and says which was which. */
import { dirname, join } from "node:path";
import { EXIT } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { noProject } from "../../spec/project.ts";
import { type Context, flagOption, hint, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { addShims } from "../maintask/shims.ts";
import { NewFiles } from "../new-files.ts";
import { clean } from "../print.ts";
import { refused } from "../refusal.ts";
import { printTable } from "../table.ts";
import { addTaskSystem, keptOutNotes } from "../taskfiles/task-system.ts";
import {
  addFromTemplate,
  addSchema,
  FIRST_TEMPLATE,
  findTemplate,
  ownFile,
  SCHEMA_FILE,
  schemaText,
  WORKFLOWS_FOLDER,
} from "../templates.ts";

const STATE = ".claude/workflow-state";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const { files, umask, calledAs, environment } = application;
  const { root } = projectOf(context);
  const none = noProject({ files, home: environment.HOME ?? null }, root);
  if (globals.project === null && none !== null) throw refusedIn(none);
  const template = findTemplate(application, textOption(options, "template") ?? FIRST_TEMPLATE);
  const made = new NewFiles(files, { root, umask });
  made.folder(WORKFLOWS_FOLDER, "workflows, found by name");
  const own = ownFile(files, root, template.name);
  if (own === null) addFromTemplate(made, files, { template, name: template.name });
  else made.kept(own, "a workflow of yours");
  addSchema(made);
  made.folder(STATE, "the journal and the logs, for decapod alone", 0o700);
  made.file(`${STATE}/.gitignore`, "git leaves the journal alone", "*\n", 0o600);
  addTaskSystem(made, files);
  if (flagOption(options, "shims")) addShims(made, files, umask);
  const isGit = isInGit(files, root);
  const next = `${calledAs} run ${template.name}`;
  const notes = [
    ...(isGit ? [...ignoredNote(files, root), ...keptOutNotes(files, root)] : [NO_GIT]),
    ...(files.readTextIf(join(root, SCHEMA_FILE)) === schemaText() ? [] : [oldSchema(calledAs)]),
  ];
  if (globals.json) {
    const { list, isChanged } = made;
    out.line(
      jsonText({ schemaVersion: 1, project: root, git: isGit, changed: isChanged, files: list, notes, next }),
    );
    return EXIT.done;
  }
  hint(context, `project ${clean(root, 1000)}`);
  const rows = made.list.map(({ state, file, what }) => [{ text: state }, { text: file }, { text: what }]);
  printTable(out, { headers: ["", "FILE", "WHAT"], rows }, globals.wide);
  if (!made.isChanged) hint(context, "everything was there already; nothing was changed");
  for (const note of notes) hint(context, `note: ${note}`);
  hint(context, `next: ${next}`);
  return EXIT.done;
}

/** No command would look for a project there; what lies in ~/.claude belongs to the person and their agents. */
function refusedIn(none: string) {
  return refused(
    "E_NOT_ALLOWED",
    `this is ${none}, which is never taken for a project`,
    "go into the folder of a project, or name one: --project FOLDER",
  );
}

const NO_GIT =
  "this is no git repository; workflows run all the same, but those that use git (code-review, release, …) need git init";

function oldSchema(calledAs: string): string {
  return `${SCHEMA_FILE} is of another version of decapod; to renew it: ${calledAs} workflow schema > ${SCHEMA_FILE}`;
}

function isInGit(files: Files, folder: string): boolean {
  if (files.exists(join(folder, ".git"))) return true;
  return dirname(folder) !== folder && isInGit(files, dirname(folder));
}

/** Only the plain forms are looked for; what else hides the folder is for `git check-ignore`. */
function ignoredNote(files: Files, root: string): readonly string[] {
  const lines = (files.readTextIf(join(root, ".gitignore")) ?? "").split("\n").map((line) => line.trim());
  const hides = lines.find((line) => /^(?:\*\*\/|\/)?\.claude(?:\/|\/\*|\/\*\*)?$/.test(line));
  if (hides === undefined || lines.some((line) => /^!\/?\.claude\/workflows\b/.test(line))) return [];
  return [
    `.gitignore leaves out your workflows (${hides}); to keep them in git write /.claude/* and !/.claude/workflows/ in its place`,
  ];
}
