/** Names what child runs do by the way to it: `rollout[25]/ship`. */
import type { AttemptRef, ParentRef } from "../core/event.ts";
import { instanceName } from "../core/id.ts";
import type { Run } from "../core/run.ts";
import { at } from "../core/vector.ts";
import type { TaskRow } from "../host/host.ts";
import type { Progress, Reader } from "./application.ts";
import { itemOf } from "./json.ts";

/** Knows the runs it was shown. What lies above them and was not shown, as after a resume, stands in the journal. */
export class Labels {
  readonly #reader: () => Reader;
  readonly #runs = new Map<string, Run>();
  readonly #ways = new Map<string, string>();

  constructor(reader: () => Reader) {
    this.#reader = reader;
  }

  get reader(): Reader {
    return this.#reader();
  }

  /** For as long as it is open: whoever follows a project sees run after run. */
  learn(run: Run): void {
    if (run.phase === "closed") this.#runs.delete(run.id);
    else this.#runs.set(run.id, run);
  }

  known(run: string): Run | undefined {
    return this.#runs.get(run);
  }

  /** The run of the project's own that this one belongs to. */
  rootOf(run: Run): string {
    return run.start.parent?.root ?? run.id;
  }

  prefixOf(run: Run): string {
    return this.#wayTo(run.start.parent);
  }

  #wayTo(parent: ParentRef | null): string {
    if (parent === null) return "";
    const above = this.#runs.get(parent.run);
    if (above !== undefined)
      return `${this.prefixOf(above)}${instanceName(parent.task, keyIn(above, parent))}/`;
    const name = `${parent.run}/${parent.task}/${parent.item}/${parent.attempt}`;
    const known = this.#ways.get(name);
    if (known !== undefined) return known;
    const reader = this.#reader();
    const way = `${this.#wayTo(reader.started(parent.run)?.parent ?? null)}${rowNameOf(reader.tasks(parent.run), parent)}/`;
    this.#ways.set(name, way);
    return way;
  }
}

/** Where an attempt stands that tells something of itself; null when its run is none of those that are shown. */
export function placeOf(
  labels: Labels,
  { run, task, key }: Progress,
): { readonly root: string; readonly label: string } | null {
  const from = labels.known(run);
  if (from === undefined) return null;
  return { root: labels.rootOf(from), label: labels.prefixOf(from) + instanceName(task, key) };
}

function keyIn(above: Run, { task, item }: AttemptRef): string | null {
  if (item === undefined) return null;
  const index = above.workflow.indexOf.get(task);
  const items = index === undefined ? null : at(above.tasks, index).items;
  return items?.list[item]?.key ?? String(item);
}

/** The task, or the instance of it, among the rows of its run. */
export function rowNameOf(rows: readonly TaskRow[], { task, item }: AttemptRef): string {
  if (item === undefined) return task;
  return rows.find((row) => row.task.startsWith(`${task}[`) && itemOf(row) === item)?.task ?? task;
}
