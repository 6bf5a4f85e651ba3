/** Where sub-workflows come from (formats.md 1.5): files of the project by name or path, or what a planner wrote. */
import type { ChildRequest } from "../../core/effect.ts";
import type { JsonMap } from "../../core/json.ts";
import type { Lookup } from "../../core/lookup.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { Files } from "../../port/files.ts";
import { pinnedCall } from "../../spec/called.ts";
import { completeParams, readParams } from "../../spec/params.ts";
import type { Project } from "../../spec/project.ts";
import { type Called, tasksOf } from "../../spec/startable.ts";
import { callableFile } from "../../spec/surroundings-of.ts";
import { type Checked, readInline, readWorkflow, type Surroundings } from "../../spec/workflow-file.ts";
import type { ChildSources, Definition, PlanLeft } from "./children.ts";

/** What it takes to read a file that a call names. */
export interface ReadOptions {
  readonly files: Files;
  readonly project: Project;
  readonly builtInFolders: readonly string[];
  /** What a file is checked against; secrets from commands only in the project's own files. */
  readonly surroundings: Surroundings;
}

export interface SourceOptions extends ReadOptions {
  readonly lookup: Lookup;
  /** What stops a checked workflow from starting on this machine. */
  readonly startProblems: (checked: Checked, rehearse: boolean) => readonly Problem[];
}

export function childSources(options: SourceOptions): ChildSources {
  return {
    named: (source, { secrets, pinned }, rehearse) => {
      const called = { name: source.path ?? source.name ?? "", secrets };
      const checked = readCalled(options, called, pinned);
      return checked.ok ? define(options, checked.value, { given: source.params, rehearse }) : checked;
    },
    inline: (source, left, rehearse) => {
      const read = readPlan(options.surroundings, source, left);
      if (!read.ok) return read;
      const { checked, tasksLeft } = read.value;
      const defined = define(options, checked, { given: source.params, rehearse });
      return defined.ok ? good({ ...defined.value, tasksLeft }) : defined;
    },
  };
}

type Inline = ChildRequest["source"] & { readonly kind: "inline" };

type Pinned = Workflow["workflows"];

/** What a call names, as it will run: with the secrets it is given among its own. */
export function readCalled(options: ReadOptions, call: Called, pinned: Pinned): Result<Checked> {
  const kept = pinnedCall(call, pinned);
  if (kept !== null) return good(kept);
  const checked = readNow(options, call);
  if (!checked.ok) return checked;
  const { workflow } = checked.value;
  const secrets = { ...workflow.secrets, ...call.secrets };
  return good({ ...checked.value, workflow: { ...workflow, secrets } });
}

/** A name that an expression gave was not known when the run began: its file is read as it is now. */
function readNow(
  { files, project, builtInFolders, surroundings }: ReadOptions,
  { name, secrets }: Called,
): Result<Checked> {
  const found = callableFile(project, files, { name, builtInFolders });
  if (!found.ok) return found;
  const { shown, bytes, isOwn } = found.value;
  return readWorkflow(shown, bytes, {
    ...surroundings,
    secretCommandsAllowed: isOwn,
    secretsGiven: new Set(Object.keys(secrets)),
  });
}

/** What somebody planned, checked against what it may do and what is left for it. */
export function readPlan(
  surroundings: Surroundings,
  source: Inline,
  left: PlanLeft,
): Result<{ readonly checked: Checked; readonly tasksLeft: number }> {
  const allow = new Set(source.allow.length > 0 ? source.allow : surroundings.roles);
  const checked = readInline(source.definition, surroundings, { ...left, allow, tasksMax: source.maxTasks });
  if (!checked.ok) return checked;
  const tasks = [...tasksOf(checked.value.workflow)].length;
  return good({ checked: checked.value, tasksLeft: Math.max(0, source.maxTasks - tasks) });
}

function define(
  options: SourceOptions,
  checked: Checked,
  { given, rehearse }: { readonly given: JsonMap; readonly rehearse: boolean },
): Result<Definition> {
  const { workflow, definition } = checked;
  const stops = options.startProblems(checked, rehearse);
  if (stops.length > 0) return bad(...stops);
  const read = readParams(workflow, {
    pairs: [],
    values: given,
    readFile: () => bad({ code: "E_NOT_FOUND", message: "no file can be read here" }),
    limits: options.project.settings.limits,
  });
  if (!read.ok) return read;
  const scope = { get: () => undefined, sha256: (text: string) => options.lookup.sha256(text) };
  const params = completeParams(workflow, read.value, { trigger: {}, scope });
  return params.ok
    ? good({ text: definition, digest: workflow.digest, name: workflow.name, params: params.value })
    : params;
}
