/** What lies in `pending` and may be begun: which files are whole, in which order, and what each waits for. Pure. */
import type { FileStat } from "../../port/files.ts";

export interface Pending {
  readonly id: string;
  readonly priority: number;
  readonly dependsOn: readonly string[];
  /** The runs whose agents may have written it; empty: a person did. */
  readonly parents: readonly string[];
}

/** How a task that is waited for stands. */
export type Standing = "success" | "failed" | "open" | "pending" | "unknown";

/** A file that is moved in is whole. One that is written in place is taken for whole when it rests for so long. */
const REST_MS = 2_000;
/** The last line has no end: more may come. */
const REST_OPEN_MS = 10_000;
/** It cannot be read, or asks for nothing yet: most likely its writer is at work. */
const REST_UNREADABLE_MS = 60_000;

export interface Seen {
  readonly stat: Pick<FileStat, "modifiedMs" | "changedMs">;
  /** How long nothing of it has changed. */
  readonly restsMs: number;
  readonly isReadable: boolean;
  readonly endsLine: boolean;
}

/** How long until it counts as whole; 0: it does. */
export function wholeInMs({ stat, restsMs, isReadable, endsLine }: Seen): number {
  if (stat.changedMs > stat.modifiedMs) return 0;
  const needed = !isReadable ? REST_UNREADABLE_MS : endsLine ? REST_MS : REST_OPEN_MS;
  return Math.max(0, needed - restsMs);
}

/** Higher first, then by name, which begins with a time. */
export function inOrder(left: Pending, right: Pending): number {
  if (left.priority !== right.priority) return right.priority - left.priority;
  return left.id < right.id ? -1 : 1;
}

/** Whole files that may be begun once there is room and nothing is waited for. */
export class ReadyTasks {
  readonly #byId = new Map<string, Pending>();
  #sorted: readonly Pending[] = [];
  /** Not sorted in yet. */
  #added: Pending[] = [];
  #hasNews = false;

  get byId(): ReadonlyMap<string, Pending> {
    return this.#byId;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(pending: Pending): boolean {
    return this.#byId.get(pending.id) === pending;
  }

  add(pending: Pending): void {
    if (this.has(pending)) return;
    this.#hasNews = true;
    this.#added.push(pending);
    this.#byId.set(pending.id, pending);
  }

  delete(id: string): void {
    this.#byId.delete(id);
  }

  /** Whether something came since this was asked before. */
  takeNews(): boolean {
    const had = this.#hasNews;
    this.#hasNews = false;
    return had;
  }

  /** Looked through anew only when something came or half of it has gone: thousands may lie there while a few are begun. */
  *inOrder(): Generator<Pending> {
    if (this.#added.length > 0 || this.#sorted.length > 2 * this.#byId.size) {
      // One that went and came again is in both.
      const left = [...new Set([...this.#sorted, ...this.#added])].filter((pending) => this.has(pending));
      this.#sorted = left.sort(inOrder);
      this.#added = [];
    }
    for (const pending of this.#sorted) if (this.has(pending)) yield pending;
  }
}

/** What a task still waits for. */
export function waitsFor(
  { dependsOn }: Pick<Pending, "dependsOn">,
  standing: (id: string) => Standing,
): readonly string[] {
  return dependsOn.filter((id) => standing(id) !== "success");
}

/** A circle as each of its tasks sees it: from itself to itself. */
export function* turnsOf(circle: readonly string[]): Iterable<readonly string[]> {
  for (const [at, id] of circle.entries()) yield [...circle.slice(at), ...circle.slice(0, at), id];
}

/** Of all that wait for each other so many circles that none is left without them. Each task is visited once. */
export function circlesIn(
  all: ReadonlyMap<string, Pending>,
  waits: (pending: Pending) => readonly string[],
): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const caught = new Set<string>();
  const seen = new Set<string>();
  for (const first of all.values()) {
    // Most wait for nothing, and nobody waits in a circle through them.
    if (first.dependsOn.length === 0) continue;
    const way: { readonly id: string; readonly left: string[] }[] = [];
    const places = new Map<string, number>();
    const visit = (pending: Pending | undefined) => {
      if (pending === undefined || seen.has(pending.id)) return;
      seen.add(pending.id);
      places.set(pending.id, way.length);
      way.push({ id: pending.id, left: [...waits(pending)] });
    };
    visit(first);
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const next = last.left.pop();
      const place = next === undefined ? undefined : places.get(next);
      if (next === undefined) places.delete(way.pop()?.id ?? "");
      else if (place === undefined) visit(all.get(next));
      else if (!caught.has(next) && !caught.has(last.id)) {
        const circle = way.slice(place).map(({ id }) => id);
        for (const id of circle) caught.add(id);
        circles.push(circle);
      }
    }
  }
  return circles;
}
