/** decapod run: starts a run and stays with it to its end. */

import type { RunStarted } from "../../core/event.ts";
import type { JsonMap } from "../../core/json.ts";
import { LIMITS, most, ofRun } from "../../core/limits.ts";
import { EXIT, type Problem } from "../../core/problem.ts";
import { readSettings } from "../../core/settings.ts";
import { tasksNamed } from "../../spec/pin-workflows.ts";
import { shownPath } from "../../spec/project.ts";
import { Outputs } from "../../work/outputs.ts";
import type { CheckedFile, OpenEngine, OpenOptions, Project } from "../application.ts";
import {
  type Context,
  flagOption,
  hint,
  listOption,
  type Options,
  projectOf,
  textOption,
} from "../context.ts";
import { finish } from "../finish.ts";
import { type Follower, type Stops, stay } from "../follow.ts";
import { numberOption } from "../globals.ts";
import { runIdOfKey } from "../ids.ts";
import { type Inputs, readBudget, readInputs } from "../inputs.ts";
import { checkRunFields, jsonText } from "../json.ts";
import { nextSteps } from "../next-steps.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { Refused, refused, take, usage } from "../refusal.ts";
import { leftOut, selectedTasks } from "../select.ts";
import { isClosed } from "../words.ts";

const NOTHING = "nothing was started";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const project = projectOf(context);
  if (!flagOption(options, "dryRun") && !flagOption(options, "rehearse")) context.application.prepare();
  const checked = take(context.application.workflow(project, words[0] ?? ""), NOTHING);
  const inputs = readInputs(context.application, project, checked.workflow, options);
  checkSettings(project, checked, inputs);
  if (!context.globals.json && !context.globals.quiet) printWarnings(context, checked);
  const asked = readAsked(project, checked, options);
  if (flagOption(options, "dryRun")) return dryRun(context, checked, inputs, asked);
  const opened = take(await context.application.open(project, openOptions(checked, options)), NOTHING);
  if (opened.notices.length > 0 && !context.globals.json) printProblems(context.err, opened.notices, null);
  const wait = flagOption(options, "wait");
  const { stops, reader } = await stay({ context, project, engine: opened, wait }, (follower) =>
    startAndFollow({ context, project, checked, inputs, asked, engine: opened, follower }),
  );
  const code = finish({ context, reader, stops, isOne: true });
  if (code === EXIT.done) nextSteps(context, checked.workflow.name);
  return code;
}

/** What an expression makes of them with these params. An expression that cannot be read yet is told of by the run. */
function checkSettings({ config }: Project, { workflow }: CheckedFile, { scope }: Inputs): void {
  const read = readSettings(workflow.settings, { scope, limits: config.limits });
  if (!read.ok && !read.failure.message.startsWith("E_")) throw refused("E_RANGE", read.failure.message);
}

function printWarnings({ err }: Context, { warnings, text }: CheckedFile): void {
  if (warnings.length > 0) printProblems(err, warnings, text);
}

function openOptions({ file, definition }: CheckedFile, options: Options): OpenOptions {
  const durability = textOption(options, "durability");
  if (durability !== null && durability !== "durable" && durability !== "fast") {
    throw usage(`--durability cannot be "${clean(durability, 40)}"`, "--durability durable|fast");
  }
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const rehearse = flagOption(options, "rehearse")
    ? { workflowFile: file, tasks: tasksNamed(JSON.parse(definition) as JsonMap) }
    : null;
  return { durability, slots, rehearse };
}

/** What can be wrong about the words is found before anything is opened. */
interface Asked {
  readonly key: string | null;
  readonly label: string | null;
  readonly rehearse: boolean;
  readonly maxParallel: number | null;
  readonly budget: RunStarted["budget"];
  readonly selected: ReadonlySet<number> | null;
}

function readAsked({ config }: Project, { workflow }: CheckedFile, options: Options): Asked {
  const { only, from, until } = {
    only: listOption(options, "only"),
    from: textOption(options, "from"),
    until: textOption(options, "until"),
  };
  return {
    key: textOption(options, "key"),
    label: textOption(options, "label"),
    rehearse: flagOption(options, "rehearse"),
    maxParallel: numberOption(options, "maxParallel", {
      least: 1,
      most: most(LIMITS.parallel, config.limits),
    }),
    budget: readBudget(textOption(options, "budget")),
    selected: selectedTasks(workflow, { only, from, until }),
  };
}

interface Start {
  readonly context: Context;
  readonly project: Project;
  readonly checked: CheckedFile;
  readonly inputs: Inputs;
  readonly asked: Asked;
  readonly engine: OpenEngine;
  readonly follower: Follower;
}

async function startAndFollow(start: Start): Promise<Stops> {
  const { checked, engine, follower } = start;
  const { key } = start.asked;
  const id = key === null ? engine.newRunId() : runIdOfKey(key);
  const earlier = key === null ? null : follower.reader.run(id);
  if (earlier !== null) {
    if (earlier.workflow !== checked.workflow.name || earlier.rehearse !== start.asked.rehearse) {
      const what = `${earlier.rehearse ? "a rehearsal" : "a run"} of ${clean(earlier.workflow)}`;
      const message = `the key belongs to ${follower.name(id)}, ${what}`;
      throw new Refused([{ code: "E_OPTIONS", message, hint: "take another --key" }]);
    }
    hint(start.context, `run ${follower.name(id)} has this key already`);
    if (isClosed(earlier.status)) return new Map([[id, { kind: "ended", status: earlier.status }]]);
    follower.add(take(engine.resume(id, start.context.application.user)));
    return follower.end();
  }
  const problems: readonly Problem[] = await engine.startProblems(checked);
  if (problems.length > 0) throw new Refused(problems, { text: checked.text, consequence: NOTHING });
  const started = startedEvent(start);
  follower.expect(id);
  take(await engine.startRun(id, checked, started), NOTHING);
  return follower.end();
}

function startedEvent({ context, project, checked, inputs, asked, engine, follower }: Start): RunStarted {
  const { workflow } = checked;
  const { application } = context;
  const { maxParallel, budget, label, rehearse, selected } = asked;
  const outputs = new Outputs(application.files, project.stateFolder);
  const limits = ofRun(project.config.limits);
  return {
    type: "run.started",
    rules: 1,
    workflow: workflow.name,
    digest: workflow.digest,
    path: [],
    params: inputs.params,
    scope: null,
    parent: null,
    lanes: [],
    trigger: inputs.trigger,
    seed: engine.seed(),
    environment: inputs.environment,
    rehearse,
    leftOut: selected === null ? null : leftOut(workflow, selected, follower.reader, outputs),
    maxParallel,
    budget,
    label,
    by: application.user,
    retryOf: null,
    file: shownPath(project.root, checked.file),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

/** The plan, resolved as far as it can be before anything has run. */
async function dryRun(
  { out, globals }: Context,
  checked: CheckedFile,
  { params, scope }: Inputs,
  { selected, rehearse }: Asked,
): Promise<number> {
  const { lateBudget, lateValue, plannedTasks, printPlan } = await import("../plan.ts");
  const { workflow, warnings } = checked;
  const tasks = plannedTasks(workflow, scope, selected);
  if (!globals.json) {
    printPlan(out, workflow, tasks, { params, scope, rehearse });
    return EXIT.done;
  }
  const { settings, digest, name } = workflow;
  const limits = {
    maxParallel: lateValue(settings.maxParallel, scope),
    timeoutSeconds: lateValue(settings.timeoutSeconds, scope),
    budget: lateBudget(settings.budget, scope),
  };
  const plan = { workflow: name, digest, rehearse, params, ...limits, tasks };
  out.line(jsonText({ schemaVersion: 1, plan, warnings: warnings.map(problemDocument) }));
  return EXIT.done;
}
