/** Most runs deploy nothing: git, and what digests folders, are loaded for the first that asks about one. */
import { LIMITS, most } from "../core/limits.ts";
import type { Approved, MeasureAsked, Measured } from "../core/measured.ts";
import type { Home } from "../core/workspace-words.ts";
import type { Journal } from "../host/deployed.ts";
import { redactions } from "../work/redactions.ts";
import type { LateWorkspaces } from "./late-workspaces.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { Measurer } from "./measure.ts";

export class LateMeasurer {
  readonly #options: LocalEngineOptions;
  readonly #store: Journal;
  readonly #workspaces: () => Pick<LateWorkspaces, "folderOf">;
  #loading: Promise<Measurer> | null = null;

  constructor(
    options: LocalEngineOptions,
    store: Journal,
    workspaces: () => Pick<LateWorkspaces, "folderOf">,
  ) {
    this.#options = options;
    this.#store = store;
    this.#workspaces = workspaces;
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
  again = async (approved: Approved, folder: string, home: Home): Promise<Measured | null> =>
    (await this.#loaded()).again(approved, folder, home);

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
      folderOf: (home) => this.#workspaces().folderOf(home),
      redacted: redacted.ok ? redacted.value : {},
      isProduction: surroundings.isProduction ?? (() => false),
      urlOf: (name) => project.settings.targets.get(name)?.url ?? null,
      lastCommitAt: (target) => lastCommitAt(this.#store, target),
    });
  }
}
