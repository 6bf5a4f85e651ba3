/** What new task files are made from: the project's own templates, those that come with decapod, and one for roles. */
import { join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import { readPlainFile } from "../../exchange/taskfile/plain-file.ts";
import { TEMPLATES } from "../../exchange/taskfile/task-folders.ts";
import type { Files } from "../../port/files.ts";
import { packageFolder } from "../../port/package-folder.ts";
import { nearest } from "../../spec/nearest.ts";
import { BUILT_IN as BUILT_IN_AGENTS } from "../../spec/schema-agents.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";

export interface TaskTemplate {
  readonly name: string;
  readonly text: string;
}

const ROLE_TEMPLATE = `---
task_id: {timestamp}-{task_type}-{brief}
task_type: {task_type}
created_by: {user}
---

## Task Description
{description}

## Context
- Branch: {current-git-branch}
`;

export function builtInTaskTemplates(files: Files): readonly TaskTemplate[] {
  const folder = join(packageFolder("templates"), "tasks");
  return namesIn(files, folder).map((name) => ({ name, text: files.readText(join(folder, `${name}.md`)) }));
}

export function findTaskTemplate(context: Context, project: Project, name: string): TaskTemplate {
  const { application } = context;
  const { files } = application;
  const folder = join(project.root, TEMPLATES);
  const own = namesIn(files, folder);
  if (own.includes(name)) {
    const shown = `${TEMPLATES}/${name}.md`;
    const read = readPlainFile(files, join(folder, `${name}.md`), {
      shown,
      limits: project.config.limits ?? BUILT_IN,
    });
    if (read !== null) return { name, text: Buffer.from(take(read)).toString("utf8") };
  }
  const built = builtInTaskTemplates(files);
  const found = built.find((one) => one.name === name);
  if (found !== undefined) return found;
  const { roles, workers } = application.surroundings(project);
  if (roles.has(name) || workers.has(name)) return { name, text: ROLE_TEMPLATE };
  const known = [...new Set([...own, ...built.map((one) => one.name), ...roles, ...workers])];
  const isAgent = BUILT_IN_AGENTS.has(name);
  throw refused(
    "E_NOT_FOUND",
    `there is no template, role or worker "${clean(name, 60)}"`,
    nearest(name, known) ??
      (isAgent
        ? "write a workflow, and name it in a task file: workflow: NAME"
        : known.slice(0, 6).join(", ")),
  );
}

function namesIn(files: Files, folder: string): readonly string[] {
  return files.list(folder).flatMap(({ name }) => (/^[^.].*\.md$/.test(name) ? [name.slice(0, -3)] : []));
}
