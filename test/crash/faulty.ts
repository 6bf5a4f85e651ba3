/**
 * A journal that dies. Fault model: the process is gone at one write point and never comes back; what the system had
 * by then is all there is. Four places around each commit: nothing of it begun, its rows written and not committed,
 * committed and nobody told, everybody told and nothing done after.
 */

import { type Connect, connect } from "../../src/host/embedded/database.ts";
import { StoreFault } from "../../src/host/embedded/fault.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import type { Store } from "../../src/host/embedded/store.ts";
import type { HeldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { realRandom } from "../../src/port/random.ts";
import { GONE, type StoreSource } from "../support/engine-rig.ts";
import { JournalFolders } from "../support/journal-source.ts";
import { rebuiltCommit } from "../support/rebuild.ts";

export const POSITIONS = ["before", "between", "after", "told"] as const;
export type Position = (typeof POSITIONS)[number];

/** Where one engine dies: at which of its commits, and where about it. Counted from 1 for each engine. */
export interface Death {
  readonly commit: number;
  readonly position: Position;
}

export class FaultySource implements StoreSource {
  readonly #folders = new JournalFolders();
  readonly #deaths: Death[];
  /** Commits of the engine that lives now. */
  commits = 0;
  isDead = false;

  /** One death for each engine in turn; the one after the last lives. */
  constructor(deaths: readonly Death[]) {
    this.#deaths = [...deaths];
  }

  open(clock: HeldClock): Store {
    this.commits = 0;
    this.isDead = false;
    const death = this.#deaths.shift() ?? null;
    const opened = openJournal({
      folder: this.#folders.next(),
      durability: "fast",
      files: realFiles,
      clock,
      random: realRandom,
      connect: death?.position === "between" ? this.#dyingBetween(death.commit) : connect,
    });
    if (!opened.ok)
      throw new Error(opened.problems.map(({ code, message }) => `${code} ${message}`).join("; "));
    return this.#watched(opened.value, death);
  }

  rebuild(store: Store, outputs: Parameters<StoreSource["rebuild"]>[1]): void {
    rebuiltCommit(store, outputs);
  }

  end(): void {
    this.#folders.remove();
  }

  #watched(store: Store, death: Death | null): Store {
    const commit: Store["commit"] = (written) => {
      if (this.isDead) throw new StoreFault(GONE, false);
      this.commits += 1;
      const isHere = death?.commit === this.commits;
      if (isHere && death.position === "before") this.#die();
      store.commit(written);
      if (isHere && death.position === "after") this.#die();
      if (isHere) this.isDead = true;
    };
    return new Proxy(store, {
      get: (target, name) => {
        if (name === "commit") return commit;
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #die(): never {
    this.isDead = true;
    throw new StoreFault(GONE, false);
  }

  /** The statement that would commit never gets to. The setting up of a new journal is no commit of the engine. */
  #dyingBetween(at: number): Connect {
    return (path, options) => {
      const database = connect(path, options);
      return {
        ...database,
        prepare: (sql) => {
          const statement = database.prepare(sql);
          if (sql !== "commit") return statement;
          return { ...statement, run: () => (this.commits === at ? this.#die() : statement.run()) };
        },
      };
    };
  }
}
