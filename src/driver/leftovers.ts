/**
 * What outlives an attempt that ended by itself: a process in the background, a daemon in a session of its own. One
 * look over all processes serves all attempts that ended since the last one: TERM at the first look, KILL from the
 * second on, until nothing is found twice.
 */
import type { Clock } from "../port/clock.ts";
import type { ProcessTable } from "../port/process-table.ts";
import type { Spawn } from "../port/spawn.ts";
import { withTokens } from "./process-end.ts";

export interface Leftovers {
  /** The attempt has ended; whatever still carries its token must go. */
  watch(token: string): void;
  /** Somebody waits for the last look: they come close together from now on. */
  hurry(): void;
  /** Looks are still to come. */
  isBusy(): boolean;
}

const HURRY_MS = 150;

interface Watched {
  emptyLooks: number;
  finds: number;
}

export function leftovers(
  ports: { readonly clock: Clock; readonly spawn: Spawn; readonly table: ProcessTable },
  sweepMs: number,
  idle: () => void,
): Leftovers {
  const watched = new Map<string, Watched>();
  let pauseMs = sweepMs;
  let cancel: (() => void) | null = null;
  const look = () => {
    cancel = null;
    const found = withTokens(new Set(watched.keys()), ports.table);
    for (const [token, state] of watched) {
      const rows = found.filter((row) => row.token === token);
      state.emptyLooks = rows.length === 0 ? state.emptyLooks + 1 : 0;
      if (rows.length > 0) state.finds += 1;
      for (const row of rows) {
        if (ports.table.row(row.pid)?.startTime !== row.startTime) continue;
        ports.spawn.signal(row.pid, state.finds === 1 ? "SIGTERM" : "SIGKILL");
      }
      if (state.emptyLooks === 2 || state.finds > 100) watched.delete(token);
    }
    if (watched.size > 0) set();
    else idle();
  };
  const set = () => {
    cancel ??= ports.clock.after(pauseMs, look, { hold: true });
  };
  return {
    watch: (token) => {
      watched.set(token, { emptyLooks: 0, finds: 0 });
      set();
    },
    hurry: () => {
      pauseMs = Math.min(pauseMs, HURRY_MS);
      cancel?.();
      cancel = null;
      if (watched.size > 0) set();
    },
    isBusy: () => watched.size > 0,
  };
}
