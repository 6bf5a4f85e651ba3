/** runs.start: the owner reads and checks the file itself, and takes no definition from anybody. */
import type { Input } from "../contract.ts";
import type { RunStarted } from "../core/event.ts";
import type { Limits } from "../core/limits.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import { readParams } from "../spec/params.ts";
import { shownPath } from "../spec/project.ts";
import type { Outputs } from "../work/outputs.ts";
import type { EarlierRuns } from "./select.ts";
import { type AskedBy, completeInputs, passedOn, startedEvent } from "./started.ts";

export interface ReadFile {
  readonly file: string;
  readonly workflow: Workflow;
  readonly definition: string;
  /** Of a file that is itself what asks. */
  readonly trigger?: AskedBy;
}

export interface StartParts {
  readonly engine: {
    seed(): number;
    /** Whether the journal has it already. */
    knows(run: string): boolean;
    startProblems(checked: ReadFile, rehearse: boolean): Promise<readonly Problem[]>;
    startRun(id: string, checked: ReadFile, started: RunStarted): Promise<Result<null>>;
  };
  readonly durability: "durable" | "fast";
  /** Names under env.pass of decapod.yaml: no other value is taken. */
  readonly environmentPass: readonly string[];
  readonly workflow: (path: string) => Promise<Result<ReadFile>>;
  /** Of the project. */
  readonly root: string;
  /** Limits that the project made smaller. */
  readonly limits: Limits;
  readonly earlier: EarlierRuns;
  readonly outputs: Outputs;
  readonly wall: () => number;
}

export async function startRun(
  { engine, durability, environmentPass, workflow, root, limits, earlier, outputs, wall }: StartParts,
  { run, workflow: path, params, environment, options, trigger }: Input<"runs.start">,
  by: string,
): Promise<Result<{ run: string }>> {
  // Said again after a broken connection: it has begun.
  if (engine.knows(run)) return good({ run });
  if (options.durability !== null && options.durability !== durability)
    return bad(otherDurability(durability));
  const checked = await workflow(path);
  if (!checked.ok) return checked;
  const given = readParams(checked.value.workflow, { pairs: [], values: params, readFile: noFile, limits });
  if (!given.ok) return given;
  const inputs = completeInputs(checked.value.workflow, given.value, {
    environment: passedOn(environmentPass, environment),
    wall: wall(),
    limits,
    trigger: checked.value.trigger ?? trigger,
  });
  if (!inputs.ok) return inputs;
  const stops = await engine.startProblems(checked.value, options.rehearse);
  if (stops.length > 0) return bad(...stops);
  const started = startedEvent({
    workflow: checked.value.workflow,
    inputs: inputs.value,
    options,
    earlier: () => earlier,
    outputs,
    file: shownPath(root, checked.value.file),
    limits,
    seed: engine.seed(),
    by,
  });
  if (!started.ok) return started;
  const begun = await engine.startRun(run, checked.value, started.value);
  return begun.ok ? good({ run }) : begun;
}

export function noFile(): Result<string> {
  return bad({ code: "E_NOT_FOUND", message: "no file can be read here" });
}

function otherDurability(durability: string): Problem {
  return {
    code: "E_CONFLICT",
    message: `the process that owns this project writes with durability ${durability}`,
    hint: `wait for it to end, or --durability ${durability}`,
  };
}
