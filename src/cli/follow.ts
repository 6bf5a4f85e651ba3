/**
 * Stays with runs until they end, wait for people, or somebody presses ctrl-C: shows what happens, asks what can be
 * asked here, and says how each of them stopped.
 */
import { refusePerson } from "../core/approvers.ts";
import type { Problem } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run, RunStatus } from "../core/run.ts";
import type { Followed, Project, Reader } from "./application.ts";
import { type Context, isAttended } from "./context.ts";
import { ask, phraseOf, type Question, questionLines } from "./decide.ts";
import { shortRun } from "./ids.ts";
import { openDecisions } from "./open-decisions.ts";
import { clean } from "./print.ts";
import { localTime } from "./text.ts";
import type { Beginning, Watcher } from "./watcher.ts";
import { isClosed } from "./words.ts";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export type Stop =
  | { readonly kind: "ended"; readonly status: RunStatus }
  | { readonly kind: "waits" }
  | { readonly kind: "interrupted"; readonly signal: Signal }
  /** Nobody watches any more; the run goes on. */
  | { readonly kind: "left"; readonly signal: Signal | null }
  /** The process that worked on it has gone. */
  | { readonly kind: "orphaned" }
  | { readonly kind: "fault"; readonly problem: Problem };

/** How each run that was followed stopped. */
export type Stops = ReadonlyMap<string, Stop>;

export interface StayOptions {
  readonly context: Context;
  readonly project: Project;
  readonly engine: Followed;
  /** Stay while only people can move a run on. */
  readonly wait: boolean;
}

export interface FollowOptions extends StayOptions {
  readonly watcher: Watcher;
}

/** How one comes to a run that was there before. */
export type Joining = Exclude<Beginning["how"], "started">;

export class Follower {
  readonly #options: FollowOptions;
  readonly #runs = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #interrupts: Promise<void>[] = [];
  readonly #left = new Set<string>();
  /** Interrupted runs in the way that were named. */
  readonly #named = new Set<string>();
  readonly #cleanup: (() => void)[] = [];
  #signal: Signal | null = null;
  #isDecided = false;
  #isLeaving = false;
  #reader: Reader | null = null;
  #asking: Promise<void> | null = null;
  #withdraw: AbortController | null = null;
  #asked: Question | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    const { engine, watcher, context } = options;
    this.#cleanup.push(
      engine.observe((changes) => this.#seen(changes)),
      engine.onProgress((progress) => watcher.progress(progress)),
    );
    context.application.onSignal((signal) => this.interrupt(signal));
  }

  /** The journal for reading, there once the engine is open. */
  get reader(): Reader {
    const { context, project } = this.#options;
    const read = this.#reader === null ? context.application.read(project) : null;
    if (read?.ok === true) this.#reader = read.value;
    if (this.#reader === null) throw new Error("an open engine has a journal that can be read");
    return this.#reader;
  }

  get runs(): ReadonlySet<string> {
    return this.#runs;
  }

  /** A run that is about to be started. */
  expect(id: string): void {
    this.#runs.add(id);
  }

  /** A run that was there before. */
  add(run: Run, how: Joining = "resumed"): void {
    this.#runs.add(run.id);
    const { watcher, engine } = this.#options;
    watcher.begin({ run, name: this.name(run.id), how, below: engine.below(run.id) });
  }

  /** Nothing came of it. */
  forget(run: string): void {
    this.#runs.delete(run);
  }

  name(run: string): string {
    return shortRun(this.reader, run);
  }

  /** Resolves when every run has stopped in one way or another, and nothing is shown any more. */
  async end(): Promise<Stops> {
    await Promise.all([...this.#runs].map((run) => this.#untilStop(run)));
    this.#withdraw?.abort();
    await this.#asking;
    // Another ctrl-C may come while the first one is carried out.
    for (let count = -1; count < this.#interrupts.length; ) {
      count = this.#interrupts.length;
      await Promise.all(this.#interrupts);
      await this.#options.engine.told();
    }
    this.#isDecided = true;
    this.#options.watcher.end();
    return new Map([...this.#runs].map((run) => [run, this.#stopOf(run)]));
  }

  /** To be called once nothing is followed any more, however that came. */
  close(): void {
    this.#isDecided = true;
    for (const one of this.#cleanup.splice(0)) one();
    this.#options.watcher.end();
  }

  /** Once: nothing new starts, attempts are asked to end. Twice: they are killed. Too late: nothing is left to stop. */
  interrupt(signal: Signal): void {
    if (this.#isDecided) return;
    const isSecond = this.#signal !== null;
    this.#signal ??= signal;
    if (!this.#options.engine.isHere) return this.leave();
    const again = isSecond ? "killing what still runs" : "stopping what runs; ctrl-C again kills it";
    this.#options.watcher.note(again);
    this.#interrupts.push(this.#options.engine.interrupt(isSecond, [...this.#runs]));
    this.#withdraw?.abort();
    this.#stopping.abort();
  }

  /** Watches no longer; what another process works on goes on. */
  leave(): void {
    this.#isLeaving = true;
    this.#interrupts.push(this.#options.engine.interrupt(false, []));
    this.#stopping.abort();
  }

  async #untilStop(run: string): Promise<void> {
    const { engine, wait } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      const status = await engine.host.ended(run, { untilWaiting: true }, signal);
      await engine.told();
      if (status !== null || this.#isStopped) return;
      if (this.#canAsk && (await this.#askAbout())) continue;
      if (wait && !this.#isStopped) await engine.host.ended(run, { untilWaiting: false }, signal);
      return;
    }
  }

  get #isStopped(): boolean {
    return this.#signal !== null || this.#isLeaving || this.#options.engine.fault !== null;
  }

  /** A run that ended while it was being interrupted has ended. */
  #stopOf(run: string): Stop {
    const { fault, isOrphaned } = this.#options.engine;
    if (fault !== null) return { kind: "fault", problem: fault };
    const status = this.reader.run(run)?.status;
    if (status !== undefined && isClosed(status)) return { kind: "ended", status };
    if (this.#isLeaving) return { kind: "left", signal: this.#signal };
    if (this.#signal !== null) return { kind: "interrupted", signal: this.#signal };
    return { kind: isOrphaned ? "orphaned" : "waits" };
  }

  #seen(changes: readonly Change[]): void {
    const { watcher } = this.#options;
    for (const { before, after } of changes) {
      if (before === null && this.#runs.has(after.id))
        watcher.begin({ run: after, name: this.name(after.id), how: "started", below: [] });
    }
    watcher.changes(changes);
    this.#nameHolders();
    if (this.#asked !== null && !this.#isOpen(this.#asked)) this.#withdraw?.abort();
    if (this.#canAsk && changes.some(({ after }) => after.openDecisions > 0)) void this.#askAbout();
  }

  /** Nothing moves an interrupted run on but people: they are told which one is waited for. */
  #nameHolders(): void {
    const { engine, watcher, context } = this.#options;
    const { calledAs } = context.application;
    for (const run of this.#runs) {
      for (const holder of engine.heldUpBy(run)) {
        if (this.#named.has(`${run} ${holder}`)) continue;
        this.#named.add(`${run} ${holder}`);
        const name = this.name(holder);
        watcher.note(
          `${this.name(run)} waits for ${name}, which is interrupted: ${calledAs} resume ${name}, or ${calledAs} cancel ${name}`,
        );
      }
    }
  }

  get #canAsk(): boolean {
    const { engine, context } = this.#options;
    return engine.isHere && this.#signal === null && isAttended(context);
  }

  /** Asks about everything open, one after another; true when something may have moved on. */
  async #askAbout(): Promise<boolean> {
    const open = this.#questions().length > 0;
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = null;
    });
    await this.#asking;
    return open;
  }

  async #askAll(): Promise<void> {
    const { watcher } = this.#options;
    watcher.pause();
    for (
      let [question] = this.#questions();
      question !== undefined && this.#signal === null;
      [question] = this.#questions()
    ) {
      await this.#askOne(question);
    }
    watcher.unpause();
  }

  /** Open decisions of the runs that are followed which nobody has put off here. */
  #questions(): readonly Question[] {
    const { reader } = this;
    const rows = [...this.#runs].flatMap((id) => reader.run(id) ?? []);
    const open = rows.flatMap((row) => openDecisions(reader, row).map((one) => ({ ...one, root: row.run })));
    return open
      .filter(({ run, decision }) => !this.#left.has(`${run}/${decision.id}`))
      .map(({ run, decision, name, root }) => {
        return {
          run,
          decision,
          name,
          runName: this.name(root),
          phrase: phraseOf(this.#options.engine.run(run)?.workflow ?? null, decision),
        };
      });
  }

  #isOpen({ run, decision }: Question): boolean {
    return this.reader.effects(run).some(({ kind, id }) => kind === "decision" && id === decision.id);
  }

  async #askOne(question: Question): Promise<void> {
    const { context, engine } = this.#options;
    const { err, application } = context;
    const { run, decision } = question;
    err.lines(questionLines(err, question, localTime()));
    const by = application.user;
    const { refuseInside } = await import("../server/people.ts");
    const barred = refuseInside(process.pid) ?? refusePerson(decision, by, "reject");
    if (barred !== null) {
      err.line(`  ${clean(barred.message)}, so nothing is asked here`);
      return void this.#left.add(`${run}/${decision.id}`);
    }
    this.#asked = question;
    this.#withdraw = new AbortController();
    const options = { signal: this.#withdraw.signal, onInterrupt: () => this.interrupt("SIGINT") };
    const answer = await ask(question, options);
    this.#asked = null;
    if (answer === "withdrawn") {
      if (!this.#isOpen(question)) err.line("  this decision is no longer open");
      else this.#left.add(`${run}/${decision.id}`);
      return;
    }
    if (answer === null) return void this.#left.add(`${run}/${decision.id}`);
    if ("wrong" in answer) return err.line(`  ${answer.wrong}`);
    const made = await engine.host.apply(run, `${decision.id}/cli`, {
      type: "decision.made",
      decision: decision.id,
      digest: decision.digest,
      by,
      via: "cli",
      ...answer,
    });
    if (made.ok) err.line(`${err.paint("green", "✓")} ${clean(answer.choice)} by ${clean(by, 40)} (cli)`);
    else
      for (const { message, hint } of made.problems)
        err.line(`  ${clean(message)}${hint === undefined ? "" : ` (${clean(hint)})`}`);
  }
}
