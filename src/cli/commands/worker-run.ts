/** decapod worker run: one task of a worker by hand. It is a task file like any other, with its run and its result. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Worker } from "../../core/worker.ts";
import type { Param } from "../../core/workflow.ts";
import { timestampOf } from "../../exchange/taskfile/local-day.ts";
import { machineOffsetMs } from "../../port/clock.ts";
import { readPair } from "../../spec/params.ts";
import { writeYaml } from "../../spec/write-yaml.ts";
import type { Project } from "../application.ts";
import { type Context, hint, listOption, type Options, projectOf, textOption } from "../context.ts";
import { inputsFile, readTextFile } from "../inputs.ts";
import { Refused, take } from "../refusal.ts";
import { foldersOf } from "../taskfiles/here.ts";
import { writeTaskFile } from "../taskfiles/new-task-file.ts";
import { meantWorker } from "../workers.ts";
import { askedOf, workOn } from "./work.ts";

const NOTHING = "nothing was started";

export async function action(
  context: Context,
  [name = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const project = projectOf(context);
  const asked = askedOf(project, options);
  const { worker, problems } = meantWorker(context.application, project, name);
  if (worker === null) return take({ ok: false, problems });
  const params = parametersOf(context, project, worker, options);
  refuseMissing(name, worker, params);
  const described = textOption(options, "describe") ?? `${name}, by hand.`;
  const { id, shown } = await writeTaskFile(context, project, textOf(context, { name, params, described }));
  try {
    return await workOn(context, project, { said: id, asked, isNew: true });
  } catch (thrown) {
    // Nobody shall be surprised by what is done later.
    const again = `${context.application.calledAs} work ${id}`;
    if (foldersOf(context, project).has("pending", id))
      hint(context, `${shown} is still to be done: ${again}; or remove it`);
    throw thrown;
  }
}

/** Texts of the command line, in the types that the worker declares. */
function parametersOf(
  { application }: Context,
  { config }: Project,
  worker: Worker,
  options: Options,
): JsonMap {
  const readFile = (path: string) => readTextFile(application, path, config.limits);
  const seen = new Set<string>();
  const typeOf = (name: string) => declaredType(worker, name) ?? undefined;
  const pairs = listOption(options, "var").map((pair) =>
    take(readPair(pair, seen, { typeOf, readFile, flag: "-i" }), NOTHING),
  );
  const given = inputsFile(readFile, textOption(options, "inputs"));
  const values = pairs.map(
    ({ name, value }) => [name, declaredType(worker, name) === null ? asJson(value) : value] as const,
  );
  return { ...given, ...Object.fromEntries(values) };
}

/** In the words of this command: the task file that would say it in its own is not written. */
function refuseMissing(worker: string, { parameters: { required } }: Worker, params: JsonMap): void {
  const names = Array.isArray(required) ? required.map(String) : [];
  const missing = names.filter((name) => params[name] === undefined);
  if (missing.length === 0) return;
  const problems = missing.map((name) => {
    return { code: "E_REQUIRED", message: `${worker} needs the parameter ${name}`, hint: `-i ${name}=…` };
  });
  throw new Refused(problems, { consequence: NOTHING });
}

/** What is no JSON is a text. */
function asJson(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** null: none or several, so that a text of the command line may mean more than itself. */
function declaredType({ parameters }: Worker, name: string): Param["type"] | null {
  const schema = isMap(parameters.properties) ? parameters.properties[name] : undefined;
  const type = isMap(schema) ? schema.type : undefined;
  switch (type) {
    case "integer":
      return "number";
    case "string":
    case "number":
    case "boolean":
    case "array":
    case "object":
      return type;
    default:
      return null;
  }
}

interface Asked {
  readonly name: string;
  readonly params: JsonMap;
  readonly described: string;
}

function textOf({ application }: Context, { name, params, described }: Asked): string {
  const { clock, user } = application;
  const front = {
    task_id: `${timestampOf(clock.wall(), machineOffsetMs)}-${name}`,
    task_type: name,
    created_by: user,
    ...(Object.keys(params).length > 0 && { params }),
  };
  return `---\n${writeYaml(front)}---\n\n## Task Description\n${described}\n`;
}
