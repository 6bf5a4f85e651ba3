/** Finds the living owner of a project and talks to it. Loaded only by commands that want something of one. */
import { type Client, makeClient, type Self } from "../../client/client.ts";
import { socketFetch } from "../../client/socket-fetch.ts";
import type { Output } from "../../contract.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { lockedProblem, type OwnerRecord, ownerLives, readOwner } from "./owner.ts";

export interface ReachedOwner {
  readonly client: Client;
  readonly record: OwnerRecord;
  readonly shown: Output<"owner.show">;
}

export interface ReachOptions {
  readonly folder: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly self: Self;
  /** Looks that may be in vain, a tenth of a second each. */
  readonly looks?: number;
}

const LOOK_MS = 100;
const LOOKS = 10;

/**
 * The owner that answers; null when none lives; E_LOCKED when one lives and says nothing for a second. Looks are
 * counted, not time: while the machine slept, or all was stopped, nobody could have answered.
 */
export async function reachOwner(options: ReachOptions): Promise<Result<ReachedOwner | null>> {
  const { folder, files, looks = LOOKS } = options;
  const patience = { looks };
  for (;;) {
    const record = readOwner(files, folder);
    if (record === null || !ownerLives(record, files)) return good(null);
    // Its socket is opened a moment after it has begun, and again should its file go.
    const asked = record.socket === null ? null : await ask(record.socket, options, patience);
    if (asked !== null) return good({ ...asked, record });
    if (patience.looks <= 0) return bad(silentProblem(record));
    await new Promise<void>((resolve) => void look(options.clock, patience, resolve));
  }
}

/** Calls at the next look; returns what cancels it. */
function look(clock: Clock, patience: { looks: number }, call: () => void): () => void {
  return clock.after(
    LOOK_MS,
    () => {
      patience.looks -= 1;
      call();
    },
    { hold: true },
  );
}

async function ask(
  socket: string,
  { clock, self }: ReachOptions,
  patience: { looks: number },
): Promise<Pick<ReachedOwner, "client" | "shown"> | null> {
  const client = makeClient(socketFetch(socket), self);
  const giveUp = new AbortController();
  let cancel = () => {};
  const again = () => {
    if (patience.looks <= 0) giveUp.abort();
    else cancel = look(clock, patience, again);
  };
  again();
  const shown = await client.call("owner.show", {}, undefined, giveUp.signal);
  cancel();
  return shown.ok ? { client, shown: shown.value } : null;
}

function silentProblem(record: OwnerRecord): Problem {
  const { code, message } = lockedProblem(record);
  const hint = `look at it, or end it: kill -9 ${record.pid} (its runs are kept)`;
  return { code, message: `${message} and does not answer`, hint };
}
