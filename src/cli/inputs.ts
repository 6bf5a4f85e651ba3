/** What a run is started with: params from --var, --inputs and defaults, and the environment that is passed on. */
import { resolve } from "node:path";
import { isMap, type JsonMap } from "../core/json.ts";
import { beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import { errorCode } from "../port/files.ts";
import { type AskedBy, completeInputs, type RunInputs } from "../server/started.ts";
import { readParams } from "../spec/params.ts";
import { redactText, secretForms, starMarker } from "../work/redact.ts";
import { redactions } from "../work/redactions.ts";
import type { Application, Project } from "./application.ts";
import { listOption, type Options, textOption } from "./context.ts";
import { clean } from "./print.ts";
import { take, usage } from "./refusal.ts";

export function readInputs(
  application: Application,
  project: Project,
  workflow: Workflow,
  options: Options,
  { before = {}, trigger }: { readonly before?: JsonMap; readonly trigger?: AskedBy | undefined } = {},
): RunInputs {
  const { limits } = project.config;
  const readFile = (path: string) => readTextFile(application, path, limits);
  const values = { ...before, ...inputsFile(readFile, textOption(options, "inputs")) };
  const given = take(
    readParams(workflow, { pairs: listOption(options, "var"), values, readFile, limits }),
    "nothing was started",
  );
  const environment = passedEnvironment(application, project);
  const around = { environment, limits, wall: application.clock.wall(), trigger };
  const complete = completeInputs(workflow, given, around);
  return take(complete, "nothing was started");
}

/** A JSON object; empty when there is no path. */
export function inputsFile(readFile: (path: string) => Result<string>, path: string | null): JsonMap {
  if (path === null) return {};
  const text = take(readFile(path));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usage(`${clean(path)} is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (!isMap(value)) throw usage(`${clean(path)} must hold a JSON object of params`);
  return value;
}

export function readTextFile(
  { files, cwd }: Pick<Application, "files" | "cwd">,
  path: string,
  limits: Limits,
): Result<string> {
  const shown = clean(path);
  try {
    const full = resolve(cwd, path);
    const stat = files.statTarget(full);
    if (stat?.kind !== "file") {
      const message = stat === null ? `there is no file ${shown}` : `${shown} is no ordinary file`;
      return bad({ code: "E_NOT_FOUND", message });
    }
    if (stat.size > most(LIMITS.inputBytes, limits))
      return bad({
        code: "E_TOO_LARGE",
        message: `${shown} has ${stat.size} bytes; ${beyond(LIMITS.inputBytes, limits)}`,
      });
    return good(files.readText(full));
  } catch (error) {
    return bad({ code: "E_IO", message: `${shown} cannot be read (${errorCode(error)})` });
  }
}

/** Kept in the journal, so what the project hides is hidden here too; processes get the variable itself. */
function passedEnvironment({ environment }: Application, { config }: Project): JsonMap {
  const forms = secretForms(take(redactions(config.redact, environment), "nothing was started"));
  return Object.fromEntries(
    config.environmentPass.map((name) => {
      const value = environment[name];
      return [name, value === undefined ? null : redactText(value, forms, starMarker)];
    }),
  );
}

/** `5`, `usd=5`, `usd=5,tokens=200000` */
export function readBudget(
  text: string | null,
): { readonly usd: number | null; readonly tokens: number | null } | null {
  if (text === null) return null;
  const budget: { usd: number | null; tokens: number | null } = { usd: null, tokens: null };
  for (const part of text.split(",")) {
    const [, unit = "usd", amount = ""] = part.trim().match(/^(?:(usd|tokens)=)?\$?(\d+(?:\.\d+)?)$/) ?? [];
    const key = unit === "tokens" ? "tokens" : "usd";
    if (amount === "" || budget[key] !== null || (key === "tokens" && !Number.isInteger(Number(amount)))) {
      throw usage(`--budget cannot be "${clean(text, 60)}"`, "--budget 5 or --budget usd=5,tokens=200000");
    }
    budget[key] = Number(amount);
  }
  return budget;
}
