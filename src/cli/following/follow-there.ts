/** Staying with runs, whoever works on them: the same screen, and beside another process a way to leave it. */
import type { Client } from "../../client/client.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import type { Application, Project, Reached, Reader, WatchedJournal } from "../application.ts";
import { watcherFor } from "../board/screen.ts";
import { type Context, isAttended } from "../context.ts";
import { Labels } from "../labels.ts";
import { take } from "../refusal.ts";
import { Follower, type Joining, type Stop } from "./follow.ts";
import { stay } from "./stay.ts";
import { type Sought, Watching } from "./watching.ts";

export interface There {
  readonly context: Context;
  readonly project: Project;
  readonly journal: WatchedJournal;
  /** Of the owner there is now; null when none lives. */
  readonly client: Client | null;
  /** Stay while only people can move a run on. */
  readonly wait: boolean;
  readonly untilQuestion: boolean;
}

export interface Stay {
  readonly follower: Follower;
  /** Shows a run as it stands; of this process's own engine it is taken up with that. */
  take(run: string, how: Joining): Result<Run>;
  /** Shows a run that is about to be started, from its first entry on. */
  expect(run: string): void;
}

export interface StayWithOptions {
  readonly context: Context;
  readonly project: Project;
  readonly reached: Reached;
  readonly wait: boolean;
}

/** Begins something with whoever works on the project, and stays with it. An engine of our own is closed at the end. */
export async function stayWith(
  options: StayWithOptions,
  begin: (stay: Stay) => Promise<void>,
): Promise<Seen> {
  const { context, project, reached, wait } = options;
  if (reached.kind === "there") {
    const journal = take(await context.application.watch(project));
    if (journal === null) throw new Error("an owner has a journal");
    const there = { context, project, journal, client: reached.owner.client, wait, untilQuestion: false };
    return followThere(there, (follower, watching) =>
      begin({
        follower,
        take: (run, how) => {
          const seen = watching.watch(run);
          if (seen === null) return bad({ code: "E_NOT_FOUND", message: `there is no run ${run}` });
          follower.add(seen, how);
          return good(seen);
        },
        expect: (run) => {
          follower.expect(run);
          watching.see(run);
        },
      }),
    );
  }
  const { engine } = reached;
  return stay({ context, project, engine, wait }, async (follower) => {
    await begin({
      follower,
      take: (run, how) => {
        const taken = engine.resume(run, how === "resumed" ? context.application.user : null);
        if (taken.ok) follower.add(taken.value, how);
        return taken;
      },
      expect: (run) => follower.expect(run),
    });
    return follower.end();
  });
}

export interface Seen {
  readonly reader: Reader;
  readonly stops: ReadonlyMap<string, Stop>;
}

/** How long another owner is waited for when one said that it hands its runs over. */
const HAND_OVER_LOOKS = 100;
const LOOK_MS = 100;

/** `begin` says which runs, and may ask for them: nothing that happens after it was called is missed. */
export async function followThere(
  there: There,
  begin: (follower: Follower, watching: Watching) => Promise<void>,
): Promise<Seen> {
  const { context, project, journal, client, wait, untilQuestion } = there;
  const watching = new Watching({
    journal,
    client,
    next: (sought) => nextOwner(context, project, sought),
    give: async (owner, answer) =>
      (await import("../deciding/give-answer.ts")).giveAnswer(context, project, owner.call, answer),
    untilQuestion,
  });
  const canPress = isAttended(context);
  const labels = new Labels(() => journal.reader);
  const watcher = await watcherFor(context, labels, canPress ? "[q] stop watching, the run goes on" : null);
  const keys = new Keys(canPress ? context.application : null, (key) => pressed(follower, key));
  const follower: Follower = new Follower({
    context,
    project,
    engine: watching,
    watcher,
    wait,
    asks: !untilQuestion,
    asking: (isAsking) => (isAsking ? keys.release() : keys.take()),
  });
  keys.take();
  try {
    await watching.begin();
    await begin(follower, watching);
    // A run that was asked to go on has not ended, though it had when it was seen last.
    await watching.told();
    return { stops: await follower.end(), reader: follower.reader };
  } finally {
    follower.close();
    keys.release();
    await watching.close();
  }
}

/** One that works on none of what is watched says nothing of it either. */
export async function nextOwner(
  { application }: Pick<Context, "application">,
  project: Project,
  { runs, handsOver, isOver }: Sought,
): Promise<Client | null> {
  const looks = handsOver ? HAND_OVER_LOOKS : 1;
  for (let look = 0; look < looks && !isOver(); look += 1) {
    const reached = await application.connect(project);
    const owner = reached.ok ? reached.value : null;
    if (owner?.shown.runs.some((run) => runs.has(run)) === true) return owner.client;
    if (look + 1 < looks)
      await new Promise<void>((resolve) => application.clock.after(LOOK_MS, resolve, { hold: true }));
  }
  return null;
}

/** Single keys, but while a line is being typed. */
class Keys {
  readonly #application: Pick<Application, "onKey"> | null;
  readonly #pressed: (key: string) => void;
  #stop: (() => void) | null = null;

  constructor(application: Pick<Application, "onKey"> | null, pressed: (key: string) => void) {
    this.#application = application;
    this.#pressed = pressed;
  }

  take(): void {
    this.#stop ??= this.#application?.onKey(this.#pressed) ?? null;
  }

  release(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

const CTRL_C = "\u0003";

function pressed(follower: Follower, key: string): void {
  if (key === "q") follower.leave();
  else if (key === CTRL_C) follower.interrupt("SIGINT");
}
