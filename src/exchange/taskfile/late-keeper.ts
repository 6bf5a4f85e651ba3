/**
 * The folders follow the journal wherever a run of a task file goes on: whoever owns the project keeps them. Most runs
 * are of no task file, so what does it is loaded with the first that is.
 */
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import { nextTurn } from "../../port/clock.ts";
import type { TaskKeeper } from "./keeper.ts";
import type { KeeperPlaces } from "./keeper-here.ts";

interface Observed {
  observe(listener: (changes: readonly Change[]) => void): () => void;
}

/** The folders of task files are right before the project has no owner any more. */
export function keepingTaskFiles<E extends Kept>(engine: E, options: KeeperPlaces) {
  const taskFiles = new LateKeeper(engine, options);
  const closeEngine = engine.close.bind(engine);
  const close = async (handsOver?: boolean) => {
    await engine.told();
    await taskFiles.end();
    await closeEngine(handsOver);
  };
  return Object.assign(engine, { taskFiles, close });
}

interface Kept extends Observed {
  told(): Promise<void>;
  close(handsOver?: boolean): Promise<void>;
}

/** While one waits for the disk the next one is written. */
const AT_ONCE = 2;

export class LateKeeper {
  /** Told what people should know. */
  tell: (problem: Problem) => void = () => {};
  /** Told when the folders of a task are right. */
  kept: () => void = () => {};
  readonly #options: KeeperPlaces;
  /** Tasks to be kept; whether nobody has seen what lies there before. */
  readonly #waiting = new Map<string, boolean>();
  #workers = 0;
  #idlers: (() => void)[] = [];
  #keeper: Promise<{ readonly keeper: TaskKeeper; close(): void }> | null = null;

  constructor(engine: Observed, options: KeeperPlaces) {
    this.#options = options;
    engine.observe((changes) => this.#seen(changes));
    // What an owner that was killed left there: ended or not, it is looked at before anything else.
    const left = options.files.list(join(options.root, "tasks", "in-progress"));
    for (const { name } of left) if (/^[^.].*\.md$/i.test(name)) this.#add(name.slice(0, -3), true);
  }

  async keeper(): Promise<TaskKeeper> {
    this.#keeper ??= import("./keeper-here.ts").then(({ keeperHere }) =>
      keeperHere(this.#options, (problem) => this.tell(problem)),
    );
    return (await this.#keeper).keeper;
  }

  /** Of how many tasks the folders are not as the journal has it. */
  get behind(): number {
    return this.#waiting.size + this.#workers;
  }

  /** Resolves when the folders are as the journal had it when this was asked. */
  async idle(): Promise<void> {
    while (this.#workers > 0) await new Promise<void>((resolve) => this.#idlers.push(resolve));
  }

  async end(): Promise<void> {
    await this.idle();
    (await this.#keeper)?.close();
  }

  #seen(changes: readonly Change[]): void {
    for (const { before, after } of changes) {
      const { parent, trigger } = after.start;
      if (parent !== null || trigger.kind !== "files" || typeof trigger.name !== "string") continue;
      const isNews = before === null || (before.phase === "closed") !== (after.phase === "closed");
      if (isNews) this.#add(trigger.name, before === null);
    }
  }

  #add(id: string, isStart: boolean): void {
    this.#waiting.set(id, isStart || this.#waiting.get(id) === true);
    if (this.#workers < AT_ONCE) void this.#work();
  }

  async #work(): Promise<void> {
    this.#workers += 1;
    try {
      const keeper = await this.keeper();
      for (const [id, isStart] of this.#waiting) {
        this.#waiting.delete(id);
        await this.#keep(keeper, id, isStart);
        // One in a turn, so that nothing else has to wait for the folders.
        await nextTurn(this.#options.clock);
        this.kept();
      }
    } finally {
      this.#workers -= 1;
      if (this.#workers === 0) for (const tell of this.#idlers.splice(0)) tell();
    }
  }

  /** A folder that cannot be written is no fault of the run: it is told, and put right by whoever looks next. */
  async #keep(keeper: TaskKeeper, id: string, isStart: boolean): Promise<void> {
    try {
      await keeper.keep(id, isStart);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.tell({ code: "E_IO", message: `the folders of ${id} cannot be kept: ${message}` });
    }
  }
}
