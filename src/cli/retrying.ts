/** What retry asks of whoever works on the project, and staying with the run that comes of it. */
import { EXIT, type Result } from "../core/problem.ts";
import type { CallOwner, Project, Reached, Reader } from "./application.ts";
import { type Context, hint } from "./context.ts";
import { finish } from "./finish.ts";
import { stayWith } from "./following/follow-there.ts";
import { printDetached } from "./following/hand-over.ts";
import { reach, reachBackground, withOwner } from "./reach.ts";
import { take } from "./refusal.ts";
import { isClosed } from "./words.ts";

export interface Retrying {
  readonly context: Context;
  readonly project: Project;
  readonly reader: Reader;
  /** The run that goes on, or the one that is started. */
  readonly run: string;
  /** Of its journal; 0 when it is new. */
  readonly sequence: number;
  readonly slots: number | null;
  readonly wait: boolean;
  readonly detach: boolean;
  readonly ask: (call: CallOwner) => Promise<Result<unknown>>;
}

export function retryWith(retrying: Retrying): Promise<number> {
  const { context, project, slots, detach } = retrying;
  const act = (reached: Reached, isAgain: boolean) => retryAt(reached, retrying, isAgain);
  const options = { durability: null, slots };
  return withOwner(context.application, project, options, act, detach ? reachBackground : reach);
}

async function retryAt(reached: Reached, retrying: Retrying, isAgain: boolean): Promise<number> {
  const { context, project, reader, run, sequence, slots, wait, detach } = retrying;
  if (reached.kind === "there" && slots !== null && !detach)
    hint(context, "the process that owns the project keeps the slots it has");
  const call = await reached.operations();
  const ask = () => askOnce(call, retrying, isAgain);
  if (detach && reached.kind === "there") {
    await ask();
    const row = reader.run(run);
    if (row !== null) printDetached(context, reader, row, reached.owner.record.pid);
    return EXIT.done;
  }
  const seen = await stayWith({ context, project, reached, wait }, async (stay) => {
    if (sequence === 0) stay.expect(run);
    else take(stay.take(run, "retried"));
    await ask();
  });
  return finish({ context, ...seen, isOne: true });
}

/** An owner that ended before it answered may have taken it; what it left behind goes on. */
async function askOnce(
  call: CallOwner,
  { reader, run, sequence, ask }: Retrying,
  isAgain: boolean,
): Promise<void> {
  const row = isAgain ? reader.run(run) : null;
  if (row === null || row.sequence <= sequence) return void take(await ask(call), NOTHING);
  if (!isClosed(row.status)) take(await call("runs.resume", { run }));
}

const NOTHING = "nothing was started";
