/** Asks the person at this terminal about everything open in the runs that are followed, one after another. */
import { refusePerson } from "../../core/approvers.ts";
import type { Change } from "../../core/replay.ts";
import type { Followed, Reader } from "../application.ts";
import { type Context, isAttended } from "../context.ts";
import type { Watcher } from "../following/watcher.ts";
import { shortRun } from "../ids.ts";
import { clean } from "../print.ts";
import { localTime } from "../text.ts";
import { type Answer, ask, phraseOf, type Question } from "./decide.ts";
import { lateQuestions } from "./late-questions.ts";
import { openDecisions } from "./open-decisions.ts";

export interface AskerOptions {
  readonly context: Context;
  readonly engine: Followed;
  readonly watcher: Watcher;
  readonly runs: ReadonlySet<string>;
  readonly reader: () => Reader;
  /** Nothing is followed any more. */
  readonly isStopped: () => boolean;
  /** ctrl-C while a line is being typed. */
  readonly onInterrupt: () => void;
  /** Whether a person at this terminal may be asked; true when it is not said. */
  readonly asks?: boolean;
  /** Told before and after lines are typed here. */
  readonly asking?: (isAsking: boolean) => void;
}

export class Asker {
  readonly #options: AskerOptions;
  /** What was put off here. */
  readonly #left = new Set<string>();
  #round: Promise<void> | null = null;
  #asked: { readonly question: Question; readonly withdraw: AbortController } | null = null;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** True when there was something to ask about, and so something may have moved on. */
  async askAll(): Promise<boolean> {
    const isAny = this.#canAsk && this.#questions().length > 0;
    if (isAny || this.#round !== null) {
      this.#round ??= this.#askInTurn().finally(() => {
        this.#round = null;
      });
      await this.#round;
    }
    return isAny;
  }

  /** A question that somebody else has answered, or that nobody waits for any more, is taken back. */
  look(changes: readonly Change[]): void {
    const { engine } = this.#options;
    const isVain = this.#asked !== null && (engine.isOrphaned || !this.#isOpen(this.#asked.question));
    if (isVain) this.withdraw();
    if (changes.some(({ after }) => after.openDecisions > 0)) void this.askAll();
  }

  withdraw(): void {
    this.#asked?.withdraw.abort();
  }

  async end(): Promise<void> {
    this.withdraw();
    await this.#round;
  }

  get #canAsk(): boolean {
    const { engine, context, isStopped, asks = true } = this.#options;
    return asks && !engine.isOrphaned && !isStopped() && isAttended(context);
  }

  async #askInTurn(): Promise<void> {
    const { watcher, asking } = this.#options;
    watcher.pause();
    asking?.(true);
    try {
      for (
        let [question] = this.#questions();
        question !== undefined && this.#canAsk;
        [question] = this.#questions()
      ) {
        await this.#askOne(question);
      }
    } finally {
      asking?.(false);
      watcher.unpause();
    }
  }

  /** Open decisions of the runs that are followed which nobody has put off here. */
  #questions(): readonly Question[] {
    const { runs, engine } = this.#options;
    const reader = this.#options.reader();
    const rows = [...runs].flatMap((id) => reader.run(id) ?? []);
    const open = rows.flatMap((row) => openDecisions(reader, row).map((one) => ({ ...one, root: row.run })));
    return open
      .filter(({ run, decision }) => !this.#left.has(`${run}/${decision.id}`))
      .map(({ run, decision, name, root }) => ({
        run,
        decision,
        name,
        runName: shortRun(reader, root),
        phrase: phraseOf(engine.run(run)?.workflow ?? null, decision),
      }));
  }

  #isOpen({ run, decision }: Question): boolean {
    const open = this.#options.reader().effects(run);
    return open.some(({ kind, id }) => kind === "decision" && id === decision.id);
  }

  async #askOne(question: Question): Promise<void> {
    const { context, onInterrupt } = this.#options;
    const { err, application } = context;
    const { run, decision } = question;
    err.lines(lateQuestions().questionLines(err, question, localTime()));
    const putOff = () => void this.#left.add(`${run}/${decision.id}`);
    const { refuseInside } = await import("../../server/people.ts");
    const barred = refuseInside(process.pid) ?? refusePerson(decision, application.user, "reject");
    if (barred !== null) {
      err.line(`  ${clean(barred.message)}, so nothing is asked here`);
      return putOff();
    }
    const withdraw = new AbortController();
    this.#asked = { question, withdraw };
    const answer = await ask(question, { signal: withdraw.signal, onInterrupt });
    this.#asked = null;
    if (answer === null) return putOff();
    if (answer === "withdrawn" && this.#isOpen(question)) return putOff();
    if (answer === "withdrawn") {
      const { goneText } = await import("./find-decision.ts");
      return err.line(`  ${goneText(this.#options.reader(), run, decision.id)}`);
    }
    if ("wrong" in answer) return err.line(`  ${answer.wrong}`);
    await this.#give(question, answer);
  }

  async #give({ run, decision }: Question, answer: Answer): Promise<void> {
    const { context, engine } = this.#options;
    const { err, application } = context;
    const by = application.user;
    const made = await engine.host.apply(run, `${decision.id}/cli`, {
      type: "decision.made",
      decision: decision.id,
      digest: decision.digest,
      by,
      via: "cli",
      ...answer,
    });
    if (made.ok)
      return err.line(`${err.paint("green", "✓")} ${clean(answer.choice)} by ${clean(by, 40)} (cli)`);
    for (const { message, hint } of made.problems)
      err.line(`  ${clean(message)}${hint === undefined ? "" : ` (${clean(hint)})`}`);
  }
}
