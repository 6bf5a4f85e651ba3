/** Limits of concurrency groups in use: by open runs that write them out, and by attempts that ask for them or run. */
import type { Lane } from "../core/event.ts";
import { otherLimit } from "../core/grant.ts";
import type { Problem } from "../core/problem.ts";

interface InUse {
  readonly limit: number;
  users: number;
}

export class LimitTable {
  readonly #groups = new Map<string, InUse>();

  /** Two users must agree, or the smaller limit would be none. */
  conflict(lanes: readonly Lane[]): Problem | null {
    const other = otherLimit(lanes, (name) => this.#groups.get(name)?.limit);
    if (other === null) return null;
    const message = `group ${other.group} is in use with limit ${other.inUse}, and ${other.limit} is asked for`;
    return { code: "E_GROUP_LIMIT", message, hint: "give every user of a group the same limit" };
  }

  enter(lanes: readonly Lane[]): void {
    for (const { name, limit } of lanes) {
      const known = this.#groups.get(name);
      if (known === undefined) this.#groups.set(name, { limit, users: 1 });
      else known.users += 1;
    }
  }

  leave(lanes: readonly Lane[]): void {
    for (const { name } of lanes) {
      const known = this.#groups.get(name);
      if (known === undefined) continue;
      known.users -= 1;
      if (known.users === 0) this.#groups.delete(name);
    }
  }
}
