/** Concurrency groups of runs: first in, first out, over all runs that stand open in the journal (formats.md 1.8). */
import type { Effect } from "../core/effect.ts";
import type { Problem } from "../core/problem.ts";

export type Joined =
  | { readonly answer: "granted" }
  | { readonly answer: "queued"; readonly behind: readonly string[] }
  | { readonly answer: "skipped"; readonly behind: readonly string[] }
  | { readonly answer: "other_limit"; readonly limit: number };

interface Group {
  readonly limit: number;
  readonly holders: Set<string>;
  readonly waiting: string[];
}

export class GroupTable {
  readonly #groups = new Map<string, Group>();

  /** What joining would answer; changes nothing. */
  ask(name: string, limit: number, onConflict: "queue" | "cancel_running" | "skip"): Joined {
    const group = this.#groups.get(name);
    if (group === undefined || group.holders.size + group.waiting.length === 0) return { answer: "granted" };
    if (group.limit !== limit) return { answer: "other_limit", limit: group.limit };
    if (group.holders.size < group.limit && group.waiting.length === 0) return { answer: "granted" };
    const behind = [...group.holders, ...group.waiting];
    return { answer: onConflict === "skip" ? "skipped" : "queued", behind };
  }

  /** Joins; true when the place is free at once. A run that holds its place already keeps it. */
  join(name: string, limit: number, run: string): boolean {
    const group = this.#group(name, limit);
    if (group.holders.has(run)) return true;
    if (group.holders.size < group.limit && group.waiting.length === 0) {
      group.holders.add(run);
      return true;
    }
    if (!group.waiting.includes(run)) group.waiting.push(run);
    return false;
  }

  hold(name: string, limit: number, run: string): void {
    this.#group(name, limit).holders.add(run);
  }

  /** The runs that hold the group, and those in line before this one. */
  ahead(name: string, run: string): readonly string[] {
    const group = this.#groups.get(name);
    if (group === undefined) return [];
    const place = group.waiting.indexOf(run);
    return [...group.holders, ...group.waiting.slice(0, Math.max(0, place))].filter((one) => one !== run);
  }

  /** Leaves; the runs whose turn it is now. */
  leave(name: string, run: string): readonly string[] {
    const group = this.#groups.get(name);
    if (group === undefined) return [];
    group.holders.delete(run);
    const place = group.waiting.indexOf(run);
    if (place >= 0) group.waiting.splice(place, 1);
    const next: string[] = [];
    while (group.holders.size < group.limit && group.waiting.length > 0) {
      const first = group.waiting.shift() as string;
      group.holders.add(first);
      next.push(first);
    }
    if (group.holders.size === 0) this.#groups.delete(name);
    return next;
  }

  #group(name: string, limit: number): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { limit, holders: new Set(), waiting: [] };
      this.#groups.set(name, group);
    }
    return group;
  }
}

/** Refused before anything is written: a group under another limit, or one that is taken and may not be queued for. */
export function groupConflict(groups: GroupTable, effects: readonly Effect[]): Problem | null {
  for (const effect of effects) {
    if (effect.do !== "join_group") continue;
    const { group } = effect;
    const joined = groups.ask(group, effect.limit, effect.onConflict);
    if (joined.answer === "other_limit") {
      const message = `group ${group} is in use with limit ${joined.limit}, this run asks for ${effect.limit}`;
      return { code: "E_GROUP_LIMIT", message, hint: "give every user of a group the same limit" };
    }
    if (joined.answer === "skipped") {
      return {
        code: "E_SKIPPED",
        message: `group ${group} is taken by ${joined.behind.join(", ")} and the workflow says on_conflict: skip`,
      };
    }
  }
  return null;
}
