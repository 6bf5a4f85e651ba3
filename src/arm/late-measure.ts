/** Most runs deploy nothing: git, and what digests folders, are loaded for the first that asks about one. */
import { LIMITS, most } from "../core/limits.ts";
import type { MeasureAsked, Measured } from "../core/measured.ts";
import type { Home } from "../core/workspace-words.ts";
import type { Journal } from "../host/deployed.ts";
import { redactions } from "../work/redactions.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { Measurer } from "./measure.ts";

export class LateMeasurer {
  readonly #options: LocalEngineOptions;
  readonly #store: Journal;
  #loading: Promise<Measurer> | null = null;

  constructor(options: LocalEngineOptions, store: Journal) {
    this.#options = options;
    this.#store = store;
  }

  /** Never rejects: a person is asked all the same, and told what is not known. */
  before = async (asked: MeasureAsked, home: Home): Promise<Measured> => {
    try {
      return await (await this.#loaded()).before(asked, home);
    } catch (thrown) {
      const note = `it could not be looked at: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      return { target: asked.target, commit: null, since: null, change: null, artefact: null, notes: [note] };
    }
  };

  /** At the moment of the effect. What breaks here fails the attempt. */
  again = async (asked: MeasureAsked, workspace: string): Promise<Measured> =>
    (await this.#loaded()).again(asked, workspace);

  #loaded(): Promise<Measurer> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<Measurer> {
    const [{ Measurer: Made }, { lastCommitAt }] = await Promise.all([
      import("./measure.ts"),
      import("../host/deployed.ts"),
    ]);
    const { files, clock, stateFolder, project, environment, surroundings } = this.#options;
    const redacted = redactions(project.settings.redact, environment);
    return new Made({
      files,
      clock,
      stateFolder,
      projectRoot: project.root,
      path: environment.PATH ?? "",
      fileBytesMax: most(LIMITS.savedFileBytes, project.settings.limits),
      redacted: redacted.ok ? redacted.value : {},
      isProduction: surroundings.isProduction ?? (() => false),
      urlOf: (name) => project.settings.targets.get(name)?.url ?? null,
      lastCommitAt: (target) => lastCommitAt(this.#store, target),
    });
  }
}
