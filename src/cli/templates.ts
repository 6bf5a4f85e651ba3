/** Workflows made from those that come with decapod: which there are, and their text in a project. */
import { basename, dirname, extname, join, relative } from "node:path";
import { must } from "../core/invariant.ts";
import type { Files } from "../port/files.ts";
import { nearest } from "../spec/nearest.ts";
import { type FoundWorkflow, listBuiltIn } from "../spec/project.ts";
import { workflowJsonSchema } from "../spec/schema-json.ts";
import type { Application } from "./application.ts";
import { jsonText } from "./json.ts";
import type { NewFiles } from "./new-files.ts";
import { clean } from "./print.ts";
import { refused } from "./refusal.ts";

export const WORKFLOWS_FOLDER = ".claude/workflows";
export const SCHEMA_FILE = ".claude/workflow.schema.json";
export const FIRST_TEMPLATE = "hello";

const ENDINGS = [".yaml", ".yml", ".json"];

export function findTemplate({ files, builtInFolders, calledAs }: Application, name: string): FoundWorkflow {
  const known = listBuiltIn(files, builtInFolders);
  const found = known.find((template) => template.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    known.map((template) => template.name),
  );
  throw refused(
    "E_NOT_FOUND",
    `there is no template "${clean(name, 60)}"`,
    meant ?? `${calledAs} help templates`,
  );
}

/** The file of that name in the project, with whatever ending; null when there is none. */
export function ownFile(files: Files, root: string, name: string): string | null {
  const candidates = ENDINGS.map((ending) => `${WORKFLOWS_FOLDER}/${name}${ending}`);
  return candidates.find((file) => files.exists(join(root, file))) ?? null;
}

/** The workflow under its name, the schema for editors, and the story for a rehearsal when there is one. */
export function addFromTemplate(
  made: NewFiles,
  files: Files,
  { template, name }: { readonly template: FoundWorkflow; readonly name: string },
): void {
  const file = `${WORKFLOWS_FOLDER}/${name}.yaml`;
  const text = files.readText(template.path);
  const schemaLine = `# yaml-language-server: $schema=${relative(dirname(file), SCHEMA_FILE)}\n`;
  made.file(file, `a workflow, from the template ${template.name}`, schemaLine + renamed(text, name));
  const story = files.readTextIf(storyOf(template.path));
  if (story !== null) {
    const written = story.replaceAll(`decapod run ${template.name} `, `decapod run ${name} `);
    made.file(`${WORKFLOWS_FOLDER}/${name}.rehearsal.yaml`, "what --rehearse plays", written);
  }
}

/** What `# yaml-language-server:` leads to: next to the workflows, so that an editor needs no network for it. */
export function addSchema(made: NewFiles): void {
  made.file(SCHEMA_FILE, "lets editors complete and check workflows", schemaText());
}

export function schemaText(): string {
  return `${jsonText(workflowJsonSchema())}\n`;
}

function storyOf(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.rehearsal.yaml`);
}

/** The name inside is the name that people see in lists, so it follows the file's. */
function renamed(text: string, name: string): string {
  const line = /^name: .*$/m.exec(text);
  must(line !== null, "a template has a line with its name");
  const old = line[0].slice("name: ".length);
  const isOther = /^(?:true|false|null|\d.*)$/i.test(name);
  return text
    .replace(line[0], `name: ${isOther ? `"${name}"` : name}`)
    .replaceAll(`decapod run ${old}`, `decapod run ${name}`);
}
