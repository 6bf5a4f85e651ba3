/** Who works on a project: this process from now on, the owner there is, or one that is started in the background. */
import { good, type Problem, type Result } from "../core/problem.ts";
import type { ReachedOwner } from "../host/embedded/reach.ts";
import type { Application, Opened, OpenOptions, Place, Project, Reached } from "./application.ts";
import { Refused, take } from "./refusal.ts";

const TRY_MS = 25;
/** How long the lock is tried for while its owner begins or ends. */
const REACH_MS = 1_000;
const BACKGROUND_TRIES = 3;

/** E_LOCKED when an owner lives that says nothing for a second. */
export function reach(
  application: Application,
  project: Project,
  options: OpenOptions,
): Promise<Result<Reached>> {
  return hereOrThere<Reached>(application, project, {
    here: async () => {
      const opened = await application.open(project, options);
      return opened.ok ? good({ kind: "here", ...opened.value }) : opened;
    },
    there: async (owner) => good(there(owner)),
  });
}

/** Does something with the journal of a project that nobody owns, or asks its owner for it. */
export async function hereOrThere<T>(
  application: Application,
  place: Place,
  {
    here,
    there: ask,
  }: {
    /** E_LOCKED when there is an owner. */
    readonly here: () => Promise<Result<T>>;
    readonly there: (owner: ReachedOwner) => Promise<Result<T>>;
  },
): Promise<Result<T>> {
  for (let triesLeft = REACH_MS / TRY_MS; ; triesLeft -= 1) {
    const done = await here();
    if (done.ok || done.problems[0]?.code !== "E_LOCKED") return done;
    const owner = await application.connect(place);
    if (!owner.ok) return owner;
    const asked = owner.value === null ? done : await ask(owner.value);
    const isOver = owner.value === null || (!asked.ok && ownerIsOver(asked.problems));
    if (!isOver || triesLeft <= 0) return asked;
    await pause(application);
  }
}

/** Its owner is ending, or has ended. */
const OVER: ReadonlySet<string> = new Set(["E_OWNER_GONE", "E_CLOSED"]);

export function ownerIsOver(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => OVER.has(code));
}

/** So often an owner that ends at this very moment is followed by the next one, which may be this process. */
export const TRIES_MAX = 5;

/**
 * Does something with whoever works on the project, and again with the next one when that one ends before it answers.
 * `isAgain`: what was asked may have been done all the same, so the journal is looked into first.
 */
export async function withOwner<T>(
  application: Application,
  project: Project,
  options: OpenOptions,
  act: (reached: Reached, isAgain: boolean) => Promise<T>,
  find: typeof reach = reach,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const reached = take(await find(application, project, options));
    try {
      return await act(reached, tries > 1);
    } catch (thrown) {
      const isOver = thrown instanceof Refused && ownerIsOver(thrown.problems);
      if (!isOver || reached.kind === "here" || tries >= TRIES_MAX) throw thrown;
    }
    // It may live and have too much to do to answer.
    await pause(application);
  }
}

/** Becomes the owner and nothing else; the lock of another one is waited for so long. */
export async function openWithin(
  application: Application,
  project: Project,
  options: OpenOptions & { readonly patienceMs: number },
): Promise<Result<Opened>> {
  for (let triesLeft = options.patienceMs / TRY_MS; ; triesLeft -= 1) {
    const opened = await application.open(project, options);
    if (opened.ok || triesLeft <= 0 || opened.problems[0]?.code !== "E_LOCKED") return opened;
    await pause(application);
  }
}

/** The owner there is, or one in the background. */
export async function reachBackground(
  application: Application,
  project: Project,
  options: OpenOptions,
): Promise<Result<Reached>> {
  for (let triesLeft = BACKGROUND_TRIES; ; triesLeft -= 1) {
    const owner = await application.connect(project);
    if (!owner.ok) return owner;
    if (owner.value !== null) return good(there(owner.value));
    const started = await application.startOwner(project, options, []);
    if (!started.ok && triesLeft <= 0) return started;
  }
}

function there(owner: ReachedOwner): Reached {
  return { kind: "there", owner, operations: async () => owner.client.call };
}

function pause({ clock }: Application): Promise<void> {
  return new Promise((resolve) => void clock.after(TRY_MS, resolve, { hold: true }));
}
