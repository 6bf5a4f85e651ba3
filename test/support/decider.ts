/** Plays a workflow through the decider by hand: every step is refused or taken, and checked. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { CacheScope } from "../../src/core/cache-scope.ts";
import { checkRun, checkTouched } from "../../src/core/check.ts";
import { viewOf } from "../../src/core/draft.ts";
import type { Decision, Effect } from "../../src/core/effect.ts";
import {
  type AttemptOutcome,
  type AttemptRef,
  type Entry,
  type Event,
  journalled,
  type RunStarted,
} from "../../src/core/event.ts";
import type { Json, JsonMap } from "../../src/core/json.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { type Failure, failure, type OutputValue } from "../../src/core/outcome.ts";
import { unitOf } from "../../src/core/places.ts";
import type { Problem } from "../../src/core/problem.ts";
import { refuse } from "../../src/core/refuse.ts";
import { replay } from "../../src/core/replay.ts";
import type { Run, TaskState, Unit } from "../../src/core/run.ts";
import { begin, transition } from "../../src/core/transition.ts";
import { at } from "../../src/core/vector.ts";
import type { Workflow } from "../../src/core/workflow.ts";
import { readWorkflow, type Surroundings } from "../../src/spec/workflow-file.ts";

export const SURROUNDINGS: Surroundings = {
  roles: new Set(["coder", "planner", "checker", "research", "researcher", "frontend", "backend"]),
  workers: new Set([
    "hugo-build",
    "deploy",
    "hugo-deploy-staging",
    "hugo-deploy-production",
    "hugo-deploy-site",
  ]),
  environmentPass: ["HOME"],
  checks: new Map(),
  secretCommandsAllowed: true,
};

/** The linked workflow of a text; `name` and `tasks` are all that must stand in it. */
export function workflowOf(text: string): Workflow {
  const read = readWorkflow("test.yaml", text, SURROUNDINGS);
  if (!read.ok) assert.fail(read.problems.map((problem) => `${problem.code} ${problem.message}`).join("\n"));
  return read.value.workflow;
}

/** One task a line, `id <- dependency other : more fields`, a shell task unless it names an agent; `top` stands above. */
export function flow(lines: string, top = ""): Workflow {
  const tasks = lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return workflowOf(`name: test\n${top}\ntasks:\n${tasks.map(taskLine).join("\n")}\n`);
}

export function taskLine(line: string): string {
  const [, id = "", after = "", fields = ""] =
    line.match(/^([\w-]+)(?:\s*<-\s*([\w -]+?))?(?:\s+:\s+(.*))?$/u) ?? [];
  assert.notEqual(id, "", `no task in: ${line}`);
  const agent = /\bagent: /u.test(fields.replace(/\{.*\}/u, "")) ? "" : "agent: shell, ";
  const parameters =
    /\bparameters: /u.test(fields) || agent === "" ? "" : "parameters: { command: [work] }, ";
  const dependencies = `dependencies: [${after.trim().split(/\s+/u).join(", ")}]`;
  return `- { id: ${id}, ${agent}${parameters}${dependencies}${fields === "" ? "" : `, ${fields}`} }`;
}

export function startOf(workflow: Workflow, over: Partial<RunStarted> = {}): RunStarted {
  return {
    type: "run.started",
    rules: 1,
    workflow: workflow.name,
    digest: workflow.digest,
    path: [],
    params: {},
    scope: null,
    parent: null,
    lanes: [],
    trigger: { kind: "manual" },
    seed: 7,
    environment: {},
    rehearse: false,
    leftOut: null,
    maxParallel: null,
    budget: null,
    label: null,
    by: "kim",
    retryOf: null,
    ...over,
  };
}

export const START_MS = Date.UTC(2026, 0, 5, 9);

export class Play {
  run: Run;
  readonly entries: Entry[] = [];
  /** Effects of the last event, and of all. */
  last: readonly Effect[] = [];
  readonly effects: Effect[] = [];
  readonly outputs = new Map<string, Json>();
  /** What a cache has of a task that is expanded. */
  readonly cache: (asked: CacheScope) => readonly OutputValue[] | null;
  at = START_MS;
  tick = 0;

  constructor(
    workflow: Workflow | string,
    over: Partial<RunStarted> = {},
    cache: Play["cache"] = () => null,
  ) {
    this.cache = cache;
    const linked = typeof workflow === "string" ? flow(workflow) : workflow;
    const entry = this.#entry(startOf(linked, over), 1);
    const first = begin("RUN", linked, entry, this.lookup);
    this.run = first.run;
    this.#took(entry, first.effects);
    checkRun(this.run);
    this.#expand();
  }

  get lookup(): Lookup {
    return {
      output: (digest) => this.outputs.get(digest),
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
    };
  }

  /** Lets time pass for the run and on the wall. */
  pass(ms: number): this {
    this.at += ms;
    this.tick += ms;
    return this;
  }

  send(event: Event): this {
    const problem = refuse(this.run, event);
    assert.equal(problem, null, `refused: ${JSON.stringify(problem)}`);
    const entry = this.#entry(journalled(event), this.run.sequence + 1);
    const before = this.run;
    const next = transition(before, entry, this.lookup);
    this.run = next.run;
    this.#took(entry, next.effects);
    checkRun(next.run);
    checkTouched(before, next.run);
    this.#expand();
    return this;
  }

  refused(event: Event): string {
    return this.problem(event).code;
  }

  problem(event: Event): Problem {
    const problem = refuse(this.run, event);
    assert.ok(problem !== null, `${event.type} should be refused`);
    return problem;
  }

  /** `build`, or `build:2` for an item. */
  ref(place: string): AttemptRef {
    const [task = "", item] = place.split(":");
    const attempt = this.unit(place).attempt;
    return item === undefined ? { task, attempt } : { task, item: Number(item), attempt };
  }

  start(...places: readonly string[]): this {
    for (const place of places) this.send({ type: "attempt.started", ...this.ref(place) });
    return this;
  }

  /** Starts them when they only stand in line, then ends them well. */
  ok(...places: readonly string[]): this {
    for (const place of places) this.end(place, {});
    return this;
  }

  give(place: string, value: Json): this {
    return this.end(place, { output: { value } });
  }

  fail(place: string, failureClass = "transient", message = "no luck"): this {
    return this.end(place, { status: "failed", exitCode: 1, failure: failure(failureClass, message) });
  }

  end(place: string, over: Partial<AttemptOutcome>): this {
    if (!this.unit(place).live) this.start(place);
    const outcome: AttemptOutcome = {
      status: "success",
      exitCode: 0,
      output: { value: null },
      failure: null,
      durationMs: 1000,
      usage: null,
      ...over,
    };
    return this.send({ type: "attempt.ended", ...this.ref(place), outcome });
  }

  lose(place: string, cause = "the engine died"): this {
    if (!this.unit(place).live) this.start(place);
    return this.send({ type: "attempt.lost", ...this.ref(place), cause });
  }

  /** Ends the child run of a group or sub-workflow. */
  child(place: string, over: Partial<Event & { type: "child.ended" }> = {}): this {
    const ended = {
      type: "child.ended",
      ...this.ref(place),
      child: "CHILD",
      status: "success",
      output: { value: {} },
      tasks: {},
      failure: null,
      durationMs: 10,
      usage: null,
    } as const;
    return this.send({ ...ended, ...over });
  }

  fire(timer: string): this {
    return this.send({ type: "timer.fired", timer });
  }

  /** Lets the time of a timer come and fires it. */
  wait(timer: string): this {
    const set = this.effects.findLast((effect) => effect.do === "set_timer" && effect.timer.id === timer);
    assert.ok(set?.do === "set_timer", `timer ${timer} is set`);
    if (set.timer.kind === "tick") this.pass(Math.max(0, set.timer.due - this.tick));
    else
      this.pass(
        Math.max(
          0,
          (set.timer.kind === "wall" ? set.timer.due : set.timer.from + set.timer.delayMs) - this.at,
        ),
      );
    return this.fire(timer);
  }

  decide(
    place: string,
    choice: string,
    more: {
      comment?: string;
      fields?: JsonMap;
      phrase?: string;
      digest?: string;
      to?: string;
      by?: string;
    } = {},
  ): this {
    return this.send(this.decision(place, choice, more));
  }

  decision(
    place: string,
    choice: string,
    more: {
      comment?: string;
      fields?: JsonMap;
      phrase?: string;
      digest?: string;
      to?: string;
      by?: string;
    } = {},
  ): Event & { type: "decision.made" } {
    const { comment = null, fields = {}, by = "kim", ...rest } = more;
    return {
      type: "decision.made",
      decision: this.asked(place).id,
      choice,
      comment,
      fields,
      by,
      via: "test",
      ...rest,
    };
  }

  /** The open decision of a task or item; of the run with `""`. */
  asked(place: string): Decision {
    const decision =
      place === ""
        ? this.run.decision
        : (this.unit(place).decision ?? this.task(place.split(":")[0] ?? "").decision);
    assert.ok(decision !== null, `${place} asks something`);
    return decision;
  }

  task(id: string): TaskState {
    const index = this.run.workflow.indexOf.get(id);
    assert.ok(index !== undefined, `there is a task ${id}`);
    return at(this.run.tasks, index);
  }

  unit(place: string): Unit {
    const [id = "", item] = place.split(":");
    const task = this.run.workflow.tasks[this.run.workflow.indexOf.get(id) ?? -1];
    assert.ok(task !== undefined, `there is a task ${id}`);
    return unitOf(viewOf(this.run), { task, item: item === undefined ? -1 : Number(item) });
  }

  /** `success`, `waiting/retry`, `skipped/condition` */
  status(place: string): string {
    const { status, reason, skipReason } = place.includes(":") ? this.unit(place) : this.task(place);
    return reason === null && skipReason === null ? status : `${status}/${reason ?? skipReason}`;
  }

  /** The states of all tasks outside hooks that are named, or of all. */
  states(...ids: readonly string[]): Readonly<Record<string, string>> {
    const named =
      ids.length > 0 ? ids : this.run.workflow.tasks.slice(0, this.run.workflow.size).map((task) => task.id);
    return Object.fromEntries(named.map((id) => [id, this.status(id)]));
  }

  /** Places that stand in line for an arm, in file order. */
  get requested(): readonly string[] {
    return this.#places((unit) => unit.status === "queued" || unit.reason === "concurrency");
  }

  get running(): readonly string[] {
    return this.#places((unit) => unit.live);
  }

  error(place: string): Failure {
    const { error } = place.includes(":") ? this.unit(place) : this.task(place);
    assert.ok(error !== null, `${place} has an error`);
    return error;
  }

  done(effect: Effect["do"]): readonly Effect[] {
    return this.last.filter((one) => one.do === effect);
  }

  /** The same run, made again from its entries as a journal keeps them. */
  replayed(): Run {
    const entries = JSON.parse(JSON.stringify(this.entries)) as Entry[];
    return replay("RUN", this.run.workflow, entries, this.lookup);
  }

  #places(holds: (unit: Unit) => boolean): readonly string[] {
    return this.run.workflow.tasks.flatMap(({ id, index }) => {
      const { items, unit } = at(this.run.tasks, index);
      if (items === null) return holds(unit) ? [id] : [];
      return Array.from({ length: items.begun }, (_, item) => `${id}:${item}`).filter((place) =>
        holds(this.unit(place)),
      );
    });
  }

  #entry(event: Event, sequence: number): Entry {
    return { run: "RUN", sequence, at: this.at, tick: this.tick, key: null, event };
  }

  #took(entry: Entry, effects: readonly Effect[]): void {
    this.entries.push(entry);
    this.last = effects;
    this.effects.push(...effects);
  }

  /** A host sends the items of a foreach straight back. */
  #expand(): void {
    const all = [...this.last];
    for (const effect of this.last) {
      if (effect.do !== "expand") continue;
      const found = effect.cache === null ? null : this.cache(effect.cache);
      const cached = found === null ? {} : { cached: found };
      this.send({ type: "task.expanded", task: effect.task, items: effect.items, ...cached });
      all.push(...this.last);
    }
    this.last = all;
  }
}
