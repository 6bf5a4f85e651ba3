/** An engine with everything around it held by the test: time, chance, large outputs, sub-workflows. */
import type { Event } from "../../src/core/event.ts";
import type { Json } from "../../src/core/json.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import type { OutputValue } from "../../src/core/outcome.ts";
import { bad, good } from "../../src/core/problem.ts";
import type { Run } from "../../src/core/run.ts";
import { at, each } from "../../src/core/vector.ts";
import type { ChildSources } from "../../src/host/embedded/children.ts";
import { Engine } from "../../src/host/embedded/engine.ts";
import { type Link, rememberingLink } from "../../src/host/embedded/load.ts";
import type { OpenRunsOptions } from "../../src/host/embedded/open-runs.ts";
import { readPlan } from "../../src/host/embedded/sources.ts";
import type { Store } from "../../src/host/embedded/store.ts";
import { type HeldClock, heldClock } from "../../src/port/clock.ts";
import { sha256 } from "../../src/port/hash.ts";
import { bodyAt, linkDefinition } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, surroundings } from "./surroundings.ts";

/** Time stands until the test moves it; the end of a loop turn comes by itself. */
export function steadyClock(): HeldClock {
  const clock = heldClock();
  return { ...clock, soon: (call) => void setImmediate(call) };
}

/** Large outputs by content, kept over the death of an engine as files are. */
export class KeptOutputs implements Lookup {
  readonly #texts = new Map<string, string>();

  put(value: Json): OutputValue {
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    if (bytes <= 16 * 1024) return { value };
    const digest = sha256(text);
    this.#texts.set(digest, text);
    return { digest, bytes, text: typeof value === "string" };
  }

  output(digest: string): Json | undefined {
    const text = this.#texts.get(digest);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  }

  sha256(text: string): string {
    return sha256(text);
  }
}

export interface EngineParts {
  readonly store: Store;
  readonly clock: HeldClock;
  readonly outputs: KeptOutputs;
  /** Sub-workflows by name: the texts of their files. */
  readonly workflows: ReadonlyMap<string, string>;
  readonly lives?: NonNullable<OpenRunsOptions["lives"]>;
}

let tokens = 0;

export const linkAnew = (): Link => rememberingLink((text) => linkDefinition(text, surroundings()), bodyAt);

export function engineOver({ store, clock, outputs, workflows, lives }: EngineParts): Engine {
  return new Engine({
    store,
    clock,
    token: () => `token-${++tokens}`,
    lookup: outputs,
    link: linkAnew(),
    sources: sourcesOf(workflows),
    put: (value) => outputs.put(value),
    ...(lives !== undefined && { lives }),
  });
}

function sourcesOf(workflows: ReadonlyMap<string, string>): ChildSources {
  return {
    named: ({ name, params }, { secrets }) => {
      const text = workflows.get(name ?? "");
      if (text === undefined) return bad({ code: "E_NOT_FOUND", message: `there is no workflow ${name}` });
      const secretsGiven = new Set(Object.keys(secrets));
      const { definition, workflow } = goodWorkflow(text, "wf.yaml", { secretsGiven });
      return good({ text: definition, digest: workflow.digest, name: workflow.name, params });
    },
    inline: planOf,
  };
}

export const planOf: ChildSources["inline"] = (source, left) => {
  const read = readPlan(surroundings(), source, left);
  if (!read.ok) return read;
  const { checked, tasksLeft } = read.value;
  const { definition, workflow } = checked;
  return good({
    text: definition,
    digest: workflow.digest,
    name: workflow.name,
    params: source.params,
    tasksLeft,
  });
};

/** Every loop turn that follows from what is ready now. */
export async function turns(count = 6): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a run came to, without what may differ between two ways to the same end: times and attempt numbers. */
export function sense(run: Run): Json {
  const tasks: Record<string, Json> = {};
  for (const task of run.workflow.tasks) {
    const state = at(run.tasks, task.index);
    const units = state.items === null ? null : [...each(state.items.units)];
    const items = units?.map(({ status, output, skipReason }) => ({ status, output, skipReason }));
    tasks[task.id] = {
      status: state.status,
      skipReason: state.skipReason,
      output: state.output as Json,
      failure: state.error?.class ?? null,
      items: (items ?? null) as Json,
      iteration: state.unit.iteration,
    };
  }
  return { status: run.status, outputs: run.outputs, failed: [...run.failed].sort(), tasks };
}

export type EventOf<T extends Event["type"]> = Extract<Event, { readonly type: T }>;
