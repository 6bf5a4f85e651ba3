/** decapod workflow show: what a workflow takes, does and needs, before anybody runs it. */
import type { Scope } from "../../core/expression/expression.ts";
import type { Json } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { Param, Workflow } from "../../core/workflow.ts";
import { sha256 } from "../../port/hash.ts";
import { findWorkflow, readProject } from "../../spec/project.ts";
import type { CheckedFile, Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { type Needs, needsOf } from "../needs.ts";
import {
  isAnyApart,
  knownValue,
  lateDuration,
  lateValue,
  type PlannedTask,
  plannedTasks,
  runPlace,
  workplaceText,
} from "../plan.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printPairs, printTable } from "../table.ts";
import { count } from "../text.ts";
import { workplaceNotes } from "../workplaces.ts";

const VALUE_MAX = 2000;

/** A task of the file, or of a group in it; then its name has the group in front. */
interface ShownTask extends PlannedTask {
  readonly name: string;
}

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const [name = ""] = words;
  const checked = take(application.workflow(project, name));
  const { workflow } = checked;
  const from = placeOf(context, project, name);
  const needs = needsOf(workflow, application, project);
  const tasks = tasksOf(workflow, "", "project");
  const notes = await workplaceNotes(context, project, workflow, tasks);
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, workflow: document(checked, from, { needs, tasks, notes }) }));
    return EXIT.done;
  }
  printHead(context, checked, from);
  printParams(context, workflow);
  printTasks(context, tasks);
  printNeeds(context, needs);
  for (const note of notes) out.line(`${out.paint("yellow", "note")} ${clean(note, VALUE_MAX)}`);
  const asked = workflow.params.filter((param) => param.required).map((param) => ` -i ${param.name}=…`);
  hint(context, `next: ${application.calledAs} run ${clean(name)}${asked.join("")} --dry-run`);
  return EXIT.done;
}

function placeOf({ application }: Context, { root }: Project, name: string): string {
  const { files, cwd, builtInFolders } = application;
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  return take(findWorkflow(project, files, { name, folder: cwd, builtInFolders })).from;
}

/** Nothing is known yet, so everything is shown as it is written. */
const NOTHING_KNOWN: Scope = { get: () => undefined, sha256 };

function tasksOf(workflow: Workflow, above: string, around: string): readonly ShownTask[] {
  const place = runPlace(workflow, NOTHING_KNOWN, around);
  return plannedTasks(workflow, NOTHING_KNOWN, null, around).flatMap((planned) => {
    const name = `${above}${planned.id}`;
    const body = workflow.tasks[workflow.indexOf.get(planned.id) ?? -1]?.body ?? null;
    const own = planned.workspace === "worktree" ? "group" : planned.workspace;
    return [{ ...planned, name }, ...(body === null ? [] : tasksOf(body, `${name}/`, own ?? place))];
  });
}

function document(
  { file, workflow }: CheckedFile,
  from: string,
  {
    needs,
    tasks,
    notes,
  }: { readonly needs: Needs; readonly tasks: readonly ShownTask[]; readonly notes: readonly string[] },
): object {
  const { name, description, digest, settings, params, triggers, outputs } = workflow;
  const { maxParallel, timeoutSeconds, onFailure, budget } = settings;
  return {
    name,
    description: description === "" ? null : description,
    file,
    from,
    digest,
    settings: { maxParallel, timeoutSeconds, onFailure, budget },
    triggers,
    params: params.map((param) => ({ ...param, default: defaultOf(param) })),
    tasks: tasks.map(({ isLeftOut: _never, ...task }) => task),
    outputs: (outputs ?? []).map(([output]) => output),
    needs,
    notes,
  };
}

function defaultOf({ default: template }: Param): Json {
  return template === null ? null : knownValue(template, NOTHING_KNOWN);
}

function printHead({ out }: Context, { file, workflow }: CheckedFile, from: string): void {
  const { name, description, settings, triggers, outputs } = workflow;
  const { maxParallel, timeoutSeconds, onFailure, budget } = settings;
  const limits = [
    `${textOf(lateValue(maxParallel, NOTHING_KNOWN))} at once`,
    `at most ${lateDuration(timeoutSeconds, NOTHING_KNOWN)}`,
    `after a failure: ${onFailure}`,
    ...(budget?.usd == null ? [] : [`$${textOf(lateValue(budget.usd, NOTHING_KNOWN))}`]),
    ...(budget?.tokens == null ? [] : [`${textOf(lateValue(budget.tokens, NOTHING_KNOWN))} tokens`]),
  ];
  const kinds = ["cron", "webhook", "files", "workflow"];
  const starts = triggers.map((trigger) => {
    const kind = kinds.find((one) => trigger[one] !== undefined) ?? "";
    return `${kind} ${textOf(trigger[kind] ?? "")}`;
  });
  printPairs(out, [
    ["workflow", clean(name)],
    ...(description === "" ? [] : [["does", clean(description, VALUE_MAX)] as const]),
    ["file", `${clean(file, VALUE_MAX)} (${from})`],
    ["limits", limits.join(", ")],
    ...starts.map((start) => ["starts", clean(start, VALUE_MAX)] as const),
    ...(outputs === null ? [] : [["gives", outputs.map(([output]) => clean(output)).join(", ")] as const]),
  ]);
}

function printParams({ out, globals }: Context, { params }: Workflow): void {
  if (params.length === 0) return;
  out.line();
  const rows = params.map((param) => {
    const choices = param.enum === null ? "" : param.enum.map(textOf).join("|");
    return [
      { text: param.name },
      { text: choices === "" ? param.type : choices },
      param.required ? { text: "required", style: "yellow" as const } : { text: shownDefault(param) },
      { text: param.description },
    ];
  });
  printTable(out, { headers: ["PARAM", "TYPE", "DEFAULT", "WHAT"], rows }, globals.wide);
}

function shownDefault(param: Param): string {
  return param.default === null ? "null" : JSON.stringify(defaultOf(param));
}

function printTasks({ out, globals }: Context, tasks: readonly ShownTask[]): void {
  out.line();
  const isApart = isAnyApart(tasks);
  const rows = tasks.map((task) => [
    { text: task.name },
    { text: task.agent },
    { text: task.dependencies.join(", ") },
    { text: [howOf(task), isApart ? workplaceText(task) : ""].filter((part) => part !== "").join("; ") },
  ]);
  printTable(out, { headers: ["TASK", "AGENT", "AFTER", "HOW"], rows }, globals.wide);
}

/** These make no attempts that could be counted. */
const NO_ATTEMPTS: ReadonlySet<string> = new Set(["approval", "wait", "finish"]);

function howOf(task: ShownTask): string {
  const { agent, hook, rule, condition, forEach, repeat, gate, attemptsMax } = task;
  return [
    ...(hook === null ? [] : [hook]),
    ...(rule === "all_success" ? [] : [rule]),
    ...(condition === null ? [] : [`if ${condition}`]),
    ...(gate === null ? [] : [gate.phrase === null ? "asks a person" : `a person types ${gate.phrase}`]),
    ...(forEach === null ? [] : [`for each ${forEach}`]),
    ...(repeat === null ? [] : [`at most ${textOf(repeat.max)} times until ${repeat.until}`]),
    ...(attemptsMax === 1 || NO_ATTEMPTS.has(agent)
      ? []
      : [
          typeof attemptsMax === "number" ? count(attemptsMax, "attempt") : `${textOf(attemptsMax)} attempts`,
        ]),
  ].join("; ");
}

function printNeeds({ out }: Context, needs: Needs): void {
  const { roles, workers, secrets, workflows, programs, pools, labels } = needs;
  const lines: (readonly [string, string])[] = [
    ...(roles.length === 0 ? [] : [["roles", `${roles.join(", ")}: an agent program`] as const]),
    ...(workers.length === 0 ? [] : [["workers", workers.join(", ")] as const]),
    ...secrets.map(
      ({ name, from, found }) =>
        ["secret", `${name} from ${from}${found === false ? ": missing here" : ""}`] as const,
    ),
    ...(workflows.length === 0 ? [] : [["workflows", workflows.join(", ")] as const]),
    ...(programs.length === 0 ? [] : [["programs", programs.join(", ")] as const]),
    ...(pools.length === 0 ? [] : [["pools", pools.join(", ")] as const]),
    ...(labels.length === 0 ? [] : [["labels", labels.join(", ")] as const]),
  ];
  if (lines.length === 0) return;
  out.line();
  printPairs(
    out,
    lines.map(([word, text]) => [`needs ${word}`, clean(text, VALUE_MAX)] as const),
  );
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
