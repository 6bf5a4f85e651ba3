/** runs.again: a new run of the definition that another run was started with, whatever became of its file. */
import { resolve } from "node:path";
import type { Input } from "../contract.ts";
import type { RunStarted } from "../core/event.ts";
import { ofRun } from "../core/limits.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { readParams } from "../spec/params.ts";
import type { EarlierRuns } from "./select.ts";
import { type ServedEngine, wholeRun } from "./served-engine.ts";
import { noFile, type ReadFile, type StartParts } from "./start-run.ts";
import { completeInputs, passedOn } from "./started.ts";

export interface AgainParts extends StartParts {
  readonly engine: ServedEngine & StartParts["engine"];
  readonly earlier: EarlierRuns & { definition(digest: string): string | null };
}

export async function runAgain(
  parts: AgainParts,
  { of, run, params, environment }: Input<"runs.again">,
  by: string,
): Promise<Result<{ run: string }>> {
  const { engine, environmentPass, limits, wall } = parts;
  // Said again after a broken connection: it has begun.
  if (engine.knows(run)) return good({ run });
  const former = wholeRun(engine, of);
  if (!former.ok) return former;
  const pinned = pinnedFile(parts, former.value);
  if (!pinned.ok) return pinned;
  const { workflow } = pinned.value;
  const given = readParams(workflow, { pairs: [], values: params, readFile: noFile, limits });
  if (!given.ok) return given;
  const around = { environment: passedOn(environmentPass, environment), wall: wall(), limits };
  const inputs = completeInputs(workflow, given.value, around);
  if (!inputs.ok) return inputs;
  const { start } = former.value;
  const stops = await engine.startProblems(pinned.value, start.rehearse);
  if (stops.length > 0) return bad(...stops);
  const { limits: _limits, onBehalfOf: _person, ...kept } = start;
  const made = ofRun(limits);
  const started: RunStarted = {
    ...kept,
    params: inputs.value.params,
    environment: inputs.value.environment,
    seed: engine.seed(),
    by,
    retryOf: of,
    ...(Object.keys(made).length > 0 && { limits: made }),
  };
  const begun = await engine.startRun(run, pinned.value, started);
  return begun.ok ? good({ run }) : begun;
}

function pinnedFile({ earlier, root }: AgainParts, { id, start, workflow }: Run): Result<ReadFile> {
  const text = earlier.definition(start.digest);
  if (text === null)
    return bad({ code: "E_JOURNAL", message: `the definition of run ${id} is missing from the journal` });
  return good({ file: resolve(root, start.file ?? start.workflow), workflow, definition: text });
}
