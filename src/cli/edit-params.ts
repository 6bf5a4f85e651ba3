/** Params in the person's own editor. What they wrote is kept until a run was started with it. */
import { join } from "node:path";
import { isMap, type JsonMap } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import type { RunInputs } from "../server/started.ts";
import { readText } from "../spec/read.ts";
import { writeYaml } from "../spec/write-yaml.ts";
import type { Application, Project } from "./application.ts";
import { type Context, hint } from "./context.ts";
import { clean } from "./print.ts";
import { Refused, refused, take } from "./refusal.ts";

const NOTHING = "nothing was started";
const EDITORS = ["vi", "nano"];

const OTHER_EDITOR = "set VISUAL or EDITOR to an editor that is here, or give params with -i NAME=VALUE";

export interface Editing {
  readonly run: string;
  /** As people see it. */
  readonly name: string;
  readonly workflow: Workflow;
  readonly params: JsonMap;
  /** Some of them were said on the command line, too. */
  readonly isGiven: boolean;
  readonly isSame: (inputs: RunInputs) => boolean;
  /** Checks them as those of a command line; throws what is wrong. */
  readonly read: (given: JsonMap) => RunInputs;
}

export interface Edited {
  readonly inputs: RunInputs;
  /** A run was started with it. */
  readonly done: () => void;
}

export async function editParams(context: Context, project: Project, editing: Editing): Promise<Edited> {
  const { files } = context.application;
  const path = join(project.stateFolder, `params-of-${editing.run}.yaml`);
  const [program = "", ...words] = editorOf(context.application);
  const before = files.readTextIf(path);
  if (before !== null && editing.isGiven) throw writtenBefore(context, editing, path);
  if (before !== null) hint(context, `what you wrote before: ${path}`);
  const given = before ?? textOf(editing);
  if (before === null) files.writeAtomic(path, given);
  const done = () => void files.remove(path);
  const ended = await context.application.atTerminal([program, ...words, path]);
  const text = files.readText(path);
  if (!ended.ok || ended.value !== 0) {
    if (before === null && text === given) done();
    const unstarted = ended.ok ? [] : ended.problems.map((one) => ({ hint: OTHER_EDITOR, ...one }));
    throw new Refused(ended.ok ? [endedWith(program, ended.value)] : unstarted);
  }
  try {
    const inputs = editing.read(valuesOf(project, path, text));
    if (editing.isSame(inputs)) done();
    return { inputs, done };
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    hint(context, `what you wrote is kept: ${path}`);
    throw new Refused(thrown.problems, { text, consequence: NOTHING });
  }
}

/** What is opened is a text of theirs, in which nothing is put behind their back. */
function writtenBefore({ application }: Context, { name }: Editing, path: string): Refused {
  const message = `-i would not be in what you wrote before: ${clean(path)}`;
  const again = `${application.calledAs} retry ${name} --edit-input`;
  return refused("E_OPTIONS", message, `${again} opens it without -i; remove the file to begin anew`);
}

function textOf({ name, workflow, params }: Editing): string {
  return `# Params of ${name}, for a new run of ${clean(workflow.name)}. Save and leave to start it; change nothing to start none.
${writeYaml(params)}`;
}

/** VISUAL or EDITOR with its options, as words; no shell reads them. */
function editorOf({ environment, programs }: Application): readonly string[] {
  const said = [environment.VISUAL, environment.EDITOR].find((one) => (one ?? "").trim() !== "");
  if (said !== undefined) return said.trim().split(/\s+/);
  const found = programs(EDITORS);
  const editor = EDITORS.find((name) => found[name] !== undefined);
  if (editor !== undefined) return [editor];
  throw refused("E_NEEDS_TERMINAL", "neither VISUAL nor EDITOR names an editor", "-i NAME=VALUE");
}

function valuesOf({ config }: Project, path: string, text: string): JsonMap {
  const { value } = take(readText(path, text, config.limits));
  if (value === null) return {};
  if (!isMap(value)) throw refused("E_SCHEMA", "the file must hold params: NAME: VALUE, one a line");
  return value;
}

function endedWith(program: string, code: number): Problem {
  return { code: "E_NOTHING_TO_DO", message: `${clean(program, 60)} ended with ${code}, so ${NOTHING}` };
}
