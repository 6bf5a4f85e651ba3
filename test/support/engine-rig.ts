/** The embedded engine as a rig of the host suite, over whatever store it is given. */

import { StoreFault } from "../../src/host/embedded/fault.ts";
import type { Store } from "../../src/host/embedded/store.ts";
import { attemptKey } from "../../src/host/queue.ts";
import type { HeldClock } from "../../src/port/clock.ts";
import type { HostRig } from "../suites/host/bench.ts";
import { engineOver, KeptOutputs, steadyClock } from "./host-rig.ts";

/** Where the store comes from: each time what the last one has written. */
export interface StoreSource {
  open(clock: HeldClock): Store;
  rebuild(store: Store, outputs: KeptOutputs): void;
  end(): void;
}

export async function engineRig(
  source: StoreSource,
  workflows: ReadonlyMap<string, string> = new Map(),
): Promise<HostRig> {
  return rigOver({ source, workflows, clock: steadyClock(), outputs: new KeptOutputs(), gone: new Set() });
}

interface Parts {
  readonly source: StoreSource;
  readonly workflows: ReadonlyMap<string, string>;
  readonly clock: HeldClock;
  readonly outputs: KeptOutputs;
  /** Attempts whose process is known to be gone. */
  readonly gone: Set<string>;
}

function rigOver(parts: Parts): HostRig {
  const { source, workflows, clock, outputs, gone } = parts;
  const opened = source.open(clock);
  const store = mortal(opened);
  const host = engineOver({
    store,
    clock,
    outputs,
    workflows,
    lives: (run, ref) => !gone.has(attemptKey(run, ref)),
  });
  return {
    host,
    clock,
    lookup: outputs,
    put: (value) => outputs.put(value),
    entries: (run) => store.entries(run),
    definition: (digest) => store.definition(digest),
    effects: (run) => store.effects(run),
    row: (run) => store.run(run),
    resume: (run, by) => host.resume(run, by),
    heldUpBy: (run) => host.heldUpBy(run),
    lose: ({ assignment }) => void gone.add(attemptKey(assignment.run, assignment)),
    send: (id, event) => host.send(id, event),
    announce: (name, key, data) => host.announce(name, key, data),
    crash: async () => {
      store.die();
      const next = rigOver(parts);
      await opened.close();
      return next;
    },
    rebuild: async () => source.rebuild(opened, outputs),
    close: async () => {
      await host.close();
      source.end();
    },
  };
}

export interface MortalStore extends Store {
  /** From now on nothing is written any more, as if the process were gone. */
  die(): void;
}

export const GONE = { code: "E_GONE", message: "this engine has died" } as const;

export function mortal(store: Store): MortalStore {
  let dead = false;
  const commit: Store["commit"] = (commit) => {
    if (dead) throw new StoreFault(GONE, false);
    store.commit(commit);
  };
  const extra = {
    commit,
    die: () => {
      dead = true;
    },
    close: () => (dead ? Promise.resolve() : store.close()),
    synced: () => (dead ? Promise.resolve() : store.synced()),
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name in extra) return extra[name as keyof typeof extra];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as MortalStore;
}
