/** Runs a workflow to its end, in process: real engine, real arm, a driver that the test gives. */

import { Arm } from "../../src/arm/arm.ts";
import { answerRehearsal } from "../../src/arm/rehearsal-person.ts";
import { isMap, type JsonMap } from "../../src/core/json.ts";
import { bad } from "../../src/core/problem.ts";
import type { Driver, Work } from "../../src/driver/driver.ts";
import { EMPTY_OUTCOME } from "../../src/driver/empty-outcome.ts";
import { type RehearsalScript, rehearsalDriver } from "../../src/driver/rehearsal.ts";
import { Engine } from "../../src/host/embedded/engine.ts";
import type { RunRow, TaskRow } from "../../src/host/host.ts";
import { realClock } from "../../src/port/clock.ts";
import { completeParams } from "../../src/spec/params.ts";
import type { Checked } from "../../src/spec/workflow-file.ts";
import { conclude } from "../../src/work/result.ts";
import { KeptOutputs, linkAnew, planOf } from "./host-rig.ts";
import { MemoryStore } from "./memory-store.ts";

export interface Played {
  /** null: it waits for people. */
  readonly status: string | null;
  readonly run: RunRow;
  readonly runs: readonly RunRow[];
  readonly tasks: ReadonlyMap<string, TaskRow>;
  /** Rows of every run, children included. */
  readonly all: readonly TaskRow[];
}

export interface Play {
  readonly params?: JsonMap;
  readonly script?: RehearsalScript;
  /** Without one the rehearsal plays. */
  readonly driver?: Driver;
}

let count = 0;

export async function play(checked: Checked, { params = {}, script = {}, driver }: Play): Promise<Played> {
  const store = new MemoryStore();
  const outputs = new KeptOutputs();
  const put = (value: Parameters<KeptOutputs["put"]>[0]) => outputs.put(value);
  const engine: Engine = new Engine({
    store,
    clock: realClock,
    token: () => `lease-${++count}`,
    lookup: outputs,
    link: linkAnew(),
    sources: { named: () => bad({ code: "E_NOT_FOUND", message: "no sub-workflow here" }), inline: planOf },
    put,
  });
  const rehearsal = rehearsalDriver({
    script,
    clock: realClock,
    needsOf: (work) => needsOf(engine, work),
    madeBefore: () => 0,
  });
  const arm = new Arm({
    name: "local",
    host: engine,
    slots: 16,
    pool: "default",
    labels: [],
    driverFor: () => driver ?? rehearsal,
    prepare: async ({ assignment }) => ({
      kind: "ready",
      keep: <Outcome>(outcome: Outcome) => outcome,
      broken: (thrown) => {
        throw thrown;
      },
      work: {
        ...EMPTY_WORK,
        ...assignment,
        number: assignment.attempt,
        attempt: `${assignment.run}/${assignment.task}/${assignment.attempt}`,
      },
    }),
    conclude: (lease, outcome) =>
      conclude(outcome, { schema: lease.assignment.outputSchema, isAgent: false, misfits: 0 }, put),
    onProgress: () => {},
    onRefused: () => {},
  });
  void arm.work();
  const answers = new Map<string, number>();
  const stop = answerRehearsal(engine, () => ({ script, answers }));
  const id = `01${String(++count).padStart(24, "0")}`;
  const { workflow, definition } = checked;
  const scope = { get: () => undefined, sha256: (text: string) => outputs.sha256(text) };
  const complete = completeParams(workflow, params, { trigger: {}, scope });
  const started = await engine.start(id, definition, {
    ...START,
    workflow: workflow.name,
    digest: workflow.digest,
    params: complete.ok ? complete.value : params,
  });
  if (!started.ok) throw new Error(started.problems.map((problem) => problem.message).join("; "));
  const status = await engine.ended(id, { untilWaiting: true }, AbortSignal.timeout(20_000));
  stop();
  arm.stop();
  const runs = withChildren(store, id);
  const all = runs.flatMap((row) => store.tasks(row.run));
  const run = store.run(id);
  await engine.close();
  if (run === null) throw new Error("the run has a row");
  return { status, run, runs, all, tasks: new Map(store.tasks(id).map((row) => [row.task, row])) };
}

/** A run and every run below it. */
function withChildren(store: MemoryStore, id: string): readonly RunRow[] {
  const row = store.run(id);
  const below = store.runs({ parent: id, limit: 10_000 }).flatMap((child) => withChildren(store, child.run));
  return row === null ? below : [row, ...below];
}

function needsOf(engine: Engine, { run, task, parameters }: Work) {
  const workflow = engine.run(run)?.workflow;
  const expectedOutputs = workflow?.tasks[workflow.indexOf.get(task) ?? -1]?.expectedOutputs ?? [];
  const codes = isMap(parameters) ? parameters.success_exit_codes : undefined;
  return { expectedOutputs, successExitCodes: Array.isArray(codes) ? codes.map(Number) : [0] };
}

/** Prints the task it was given and succeeds: the smallest agent there is. */
export const printingDriver: Driver = {
  name: "printing",
  check: () => [],
  async *run(work) {
    const text = String(work.parameters.task ?? "");
    yield { kind: "output", bytes: text.length, line: text };
    return { ...EMPTY_OUTCOME, exitCode: 0, output: text };
  },
};

const EMPTY_WORK = {
  environment: {},
  secrets: {},
  workspace: "/",
  folder: "/",
  timeoutMs: null,
  idleTimeoutMs: null,
  brief: "",
  reattach: false,
} as const;

const START = {
  type: "run.started",
  rules: 1,
  path: [],
  scope: null,
  parent: null,
  lanes: [],
  trigger: { kind: "manual" },
  seed: 7,
  environment: {},
  rehearse: true,
  leftOut: null,
  maxParallel: null,
  budget: null,
  label: null,
  by: "test",
  retryOf: null,
} as const;
