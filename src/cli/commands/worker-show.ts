/** decapod worker show: what a worker takes, what does it, and what its tasks have by themselves. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { Worker } from "../../core/worker.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printPairs } from "../table.ts";
import { meantWorker, stateOf } from "../workers.ts";

const VALUE_MAX = 2000;

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out } = context;
  const found = meantWorker(application, projectOf(context), words[0] ?? "");
  const { name, from, file, worker, fields, problems, missing } = found;
  if (worker === null) return take({ ok: false, problems });
  if (globals.json) {
    const ready = problems.length === 0 && missing.length === 0;
    out.line(jsonText({ schemaVersion: 1, worker: { name, from, file, ready, ...worker, fields } }));
    return EXIT.done;
  }
  const pairs: readonly (readonly [string, string])[] = [
    ["worker", name],
    ["for", clean(worker.description ?? "", VALUE_MAX)],
    ["file", `${clean(file, VALUE_MAX)} (${from})`],
    ["done by", worker.command === null ? "decapod itself" : clean(worker.command.join(" "), VALUE_MAX)],
    ["state", clean(stateOf(found, undefined), VALUE_MAX)],
    ["credentials", clean(Object.keys(worker.credentials).join(", "), VALUE_MAX)],
    ["dry run", worker.dryRun === null ? "" : "parameters: { dry_run: true }"],
    ...Object.entries(fields).map(([key, value]) => [key, clean(textOf(value), VALUE_MAX)] as const),
  ];
  printPairs(
    out,
    pairs.filter(([, text]) => text !== ""),
  );
  out.line();
  out.line("parameters");
  printPairs(out, parametersOf(worker));
  hint(context, `next: ${application.calledAs} worker check ${clean(name)}`);
  return EXIT.done;
}

function parametersOf({ parameters }: Worker): readonly (readonly [string, string])[] {
  const properties = isMap(parameters.properties) ? parameters.properties : {};
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  return Object.entries(properties).map(([name, schema]) => {
    const asked = isMap(schema) ? schema : {};
    const words = [kindOf(asked), required.includes(name) ? "required" : "", String(asked.description ?? "")];
    return [`  ${clean(name)}`, clean(words.filter((word) => word !== "").join(", "), VALUE_MAX)] as const;
  });
}

function kindOf({ type, enum: values }: JsonMap): string {
  if (Array.isArray(values)) return values.map(String).join(" | ");
  return type === undefined ? "" : String(type);
}

function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(textOf).join("; ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
