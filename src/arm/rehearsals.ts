/** The rehearsals of an engine, each with a script of its own, beside runs that are real. */
import { resolve } from "node:path";
import type { JsonMap } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import type { Driver } from "../driver/driver.ts";
import { rehearsalDriver } from "../driver/rehearsal.ts";
import { readRehearsal } from "../driver/rehearsal-file.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Store } from "../host/embedded/store.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { tasksNamed } from "../spec/pin-workflows.ts";
import { answerRehearsal, countUsed, type PlayedPart } from "./rehearsal-person.ts";

export interface RehearsalsOptions {
  readonly engine: Engine;
  readonly store: Pick<Store, "entries" | "runs">;
  readonly clock: Clock;
  readonly files: Files;
  readonly projectRoot: string;
  /** The file of a workflow by its name, for runs of versions that did not note it. */
  readonly fileOf: (workflow: string) => Result<{ readonly path: string }>;
}

interface Played extends PlayedPart {
  readonly driver: Driver;
}

export class Rehearsals {
  readonly #options: RehearsalsOptions;
  /** By the run at the top. */
  readonly #played = new Map<string, Played>();
  #stopAnswers: (() => void) | null = null;

  constructor(options: RehearsalsOptions) {
    this.#options = options;
  }

  /**
   * A run that begins or goes on, of a workflow that lies there: its script goes on where an earlier engine was.
   * `definition`: whose tasks alone the script may name; null: the file may have changed since.
   */
  begin(run: string, workflowFile: string, definition: string | null): Result<null> {
    if (this.#played.has(run)) return good(null);
    const script = readRehearsal(this.#options.files, workflowFile, () =>
      definition === null ? null : tasksNamed(JSON.parse(definition) as JsonMap),
    );
    if (!script.ok) return script;
    this.#add(run, script.value);
    return good(null);
  }

  /** A run that an earlier engine began. It goes on with its own definition, whatever became of the file. */
  resume(run: string, workflow: string): Result<null> {
    const { store, projectRoot, fileOf } = this.#options;
    const start = store.entries(run)[0]?.event;
    if (start?.type === "run.started" && start.file !== undefined)
      return this.begin(run, resolve(projectRoot, start.file), null);
    const file = fileOf(workflow);
    if (file.ok) return this.begin(run, file.value.path, null);
    const message = `the rehearsed workflow ${workflow} is no longer found, so its rehearsal cannot go on`;
    return bad({ code: "E_NOT_FOUND", message, hint: "decapod run FILE --rehearse" });
  }

  /** What plays the attempts of a run; null for one that is real. */
  driverOf(run: string): Driver | null {
    const found = this.#options.engine.run(run);
    return found?.start.rehearse === true ? this.#of(found).driver : null;
  }

  close(): void {
    this.#stopAnswers?.();
  }

  /** A detached sub-workflow has the script of its own file, if it has one. */
  #of(run: Run): Played {
    const root = run.start.parent?.root ?? run.id;
    if (!this.#played.has(root) && !this.resume(root, run.start.workflow).ok) this.#add(root, {});
    return this.#played.get(root) as Played;
  }

  #add(root: string, script: PlayedPart["script"]): void {
    const { engine, store, clock } = this.#options;
    const used = { attempts: new Map<string, number>(), answers: new Map<string, number>() };
    countUsed(store, root, used);
    const driver = rehearsalDriver({
      script,
      clock,
      needsOf: ({ run, task, parameters }) => {
        const workflow = engine.run(run)?.workflow;
        const expectedOutputs = workflow?.tasks[workflow.indexOf.get(task) ?? -1]?.expectedOutputs ?? [];
        const codes = parameters.success_exit_codes;
        return { expectedOutputs, successExitCodes: Array.isArray(codes) ? codes.map(Number) : [0] };
      },
      madeBefore: (task) => used.attempts.get(task) ?? 0,
    });
    this.#played.set(root, { script, driver, answers: used.answers });
    this.#stopAnswers ??= answerRehearsal(engine, (run) => this.#of(run));
  }
}
