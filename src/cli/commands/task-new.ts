/** decapod task new: a task file from a template, and the words in which its user hears of it. */
import { resolve } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { timestampOf } from "../../exchange/taskfile/local-day.ts";
import { briefOf, fillTemplate } from "../../exchange/taskfile/template.ts";
import { currentBranch } from "../../git/current-branch.ts";
import { machineOffsetMs } from "../../port/clock.ts";
import { type Context, hint, listOption, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { type Refused, refused, usage } from "../refusal.ts";
import { writeTaskFile } from "../taskfiles/new-task-file.ts";
import { queuedWords } from "../taskfiles/queued-words.ts";
import { findTaskTemplate } from "../taskfiles/task-templates.ts";

/** Placeholder → the option that fills it. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["environment", "--env"],
  ["site_path", "--site-path"],
  ["base_url", "--base-url"],
  ["description", "--describe"],
]);

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const [type = ""] = words;
  const template = findTaskTemplate(context, project, type);
  const values = valuesOf(context, project.root, type, options);
  const { text, missing } = fillTemplate(template.text, values);
  if (missing.length > 0) throw missingValues(type, missing);
  const { id, shown, task } = await writeTaskFile(context, project, text);
  const said = queuedWords(type, values.get("environment") ?? environmentOf(task.params));
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, task: { id, type: task.type, file: shown }, said }));
    return EXIT.done;
  }
  out.line(`${out.paint("green", "✓ written")}  ${clean(shown)}`);
  out.line(said);
  hint(
    context,
    `next: ${application.calledAs} work ${shown}, or leave it to ${application.calledAs} tasks watch`,
  );
  return EXIT.done;
}

function environmentOf({ environment }: { readonly [name: string]: unknown }): string | null {
  return typeof environment === "string" ? environment : null;
}

function valuesOf(
  { application }: Context,
  root: string,
  type: string,
  options: Options,
): ReadonlyMap<string, string> {
  const { clock, files, cwd, user } = application;
  const site = textOption(options, "sitePath");
  const environment = textOption(options, "env");
  const described = textOption(options, "describe");
  const where = environment === null ? "" : ` for the ${environment} environment`;
  const given = listOption(options, "set").map((pair) => {
    const [, name, value] = /^([A-Za-z][A-Za-z0-9_ -]*)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw usage(`--set takes name=value, not ${clean(pair, 60)}`);
    return [name, value] as const;
  });
  const baseUrl = textOption(options, "baseUrl");
  const brief = briefOf(described ?? "");
  return new Map([
    ["timestamp", timestampOf(clock.wall(), machineOffsetMs)],
    ["current-git-branch", currentBranch(files, root)],
    ["site_path", site === null ? root : resolve(cwd, site)],
    ["user", user],
    ["task_type", type],
    ["brief", brief === "" ? "task" : brief],
    ["description", described ?? `${type}${where}.`],
    ...(environment === null ? [] : [["environment", environment] as const]),
    ...(baseUrl === null ? [] : [["base_url", baseUrl] as const]),
    ...given,
  ]);
}

function missingValues(type: string, missing: readonly string[]): Refused {
  const asked = missing.map((name) => OPTIONS.get(name) ?? `--set ${name}=…`);
  return refused(
    "E_PARAM_MISSING",
    `the template ${clean(type, 60)} also wants ${missing.map((name) => `{${name}}`).join(", ")}`,
    asked.join(" "),
  );
}
