/** Recorded executions of real workflows, and what any schedule of them must keep to. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../../src/core/event.ts";

const FOLDER = join(import.meta.dirname, "../data/dags");

interface Recorded {
  readonly workflow: {
    readonly specification: {
      readonly tasks: readonly { readonly id: string; readonly parents: readonly string[] }[];
    };
    readonly execution: {
      readonly tasks: readonly { readonly id: string; readonly runtimeInSeconds: number }[];
    };
  };
}

interface Truth {
  readonly file: string;
  readonly tasks: number;
  readonly critical_path: number;
  readonly work: number;
  readonly bounds: Readonly<Record<string, { readonly lower: number; readonly upper: number }>>;
}

export interface GraphTask {
  readonly id: string;
  readonly parents: readonly string[];
  readonly seconds: number;
}

export interface Graph {
  readonly name: string;
  readonly tasks: readonly GraphTask[];
  readonly truth: Truth;
}

export function graphs(): readonly Graph[] {
  const truths = JSON.parse(readFileSync(join(FOLDER, "truth.json"), "utf8")) as readonly Truth[];
  return truths.map((truth) => ({
    name: truth.file.replace(".json", ""),
    tasks: tasksOf(truth.file),
    truth,
  }));
}

/** Two of them have ids that are no legal task ids, so all are numbered. */
function tasksOf(file: string): readonly GraphTask[] {
  const { specification, execution } = (JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Recorded)
    .workflow;
  const ids = new Map(specification.tasks.map(({ id }, place) => [id, `t${place}`]));
  const seconds = new Map(execution.tasks.map(({ id, runtimeInSeconds }) => [id, runtimeInSeconds]));
  const named = (id: string) => ids.get(id) ?? assert.fail(`${id} is a task of ${file}`);
  return specification.tasks.map(({ id, parents }) => ({
    id: named(id),
    parents: parents.map(named),
    seconds: seconds.get(id) ?? 0,
  }));
}

/** As a workflow; a task that really sleeps does so in a process. */
export function workflowOf({ tasks }: Graph, slots: number, scale: number): string {
  return JSON.stringify({
    name: "recorded",
    settings: { max_parallel: slots, timeout: "30d" },
    tasks: tasks.map(({ id, parents, seconds }) => ({
      id,
      agent: "shell",
      dependencies: parents,
      parameters: { command: ["sleep", (seconds * scale).toFixed(4)] },
    })),
  });
}

/** No task before its parents, no more at once than may be, each exactly once. */
export function checkSchedule({ tasks }: Graph, slots: number, entries: readonly Entry[]): void {
  const ended = new Set<string>();
  const parents = new Map(tasks.map((task) => [task.id, task.parents]));
  let running = 0;
  let most = 0;
  for (const { event } of entries) {
    if (event.type === "attempt.started") {
      for (const parent of parents.get(event.task) ?? [])
        assert.ok(ended.has(parent), `${event.task} waits for ${parent}`);
      running += 1;
      most = Math.max(most, running);
    } else if (event.type === "attempt.ended") {
      assert.equal(event.outcome.status, "success");
      running -= 1;
      ended.add(event.task);
    }
  }
  assert.equal(ended.size, tasks.length);
  assert.ok(most <= slots, `${most} at once, ${slots} may be`);
}

/** With these durations and slots a schedule that never idles takes at most this. */
export function longest({ tasks }: Graph, slots: number, secondsOf: (id: string) => number): number {
  const ends = new Map<string, number>();
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const end = (id: string): number => {
    const known = ends.get(id);
    if (known !== undefined) return known;
    const task = byId.get(id) ?? assert.fail(id);
    const value = Math.max(0, ...task.parents.map(end)) + secondsOf(id);
    ends.set(id, value);
    return value;
  };
  const path = Math.max(...tasks.map(({ id }) => end(id)));
  const work = tasks.reduce((sum, { id }) => sum + secondsOf(id), 0);
  return path + (work - path) / slots;
}
