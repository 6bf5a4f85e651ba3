/** Looks at what is about to be done, so that a person is asked about that and nothing else is done in its place. */
import { join, resolve } from "node:path";
import type { JsonMap } from "../core/json.ts";
import {
  type Approved,
  type Artefact,
  differenceOf,
  type MeasureAsked,
  type Measured,
} from "../core/measured.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { type Change, PATH_LENGTH_MAX, PATHS_MAX } from "../core/significance.ts";
import type { Home } from "../core/workspace-words.ts";
import { contentOf } from "../git/content.ts";
import { pathsChanged } from "../git/diff.ts";
import { Git } from "../git/git.ts";
import { startRef } from "../git/names.ts";
import { commitAt, findRepository, type Repository } from "../git/repository.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { isOutside, isReallyInside } from "../work/inside.ts";
import { treeDigest } from "../work/tree-digest.ts";
import { shownWork } from "./shown-work.ts";

export interface MeasureOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly stateFolder: string;
  readonly projectRoot: string;
  readonly path: string;
  readonly fileBytesMax: number;
  /** Where a run with a worktree works, made when it is not there yet. */
  readonly folderOf: (home: Home) => Promise<Result<string>>;
  readonly redacted: Readonly<Record<string, string>>;
  readonly isProduction: (parameters: JsonMap) => boolean;
  /** The page of a target, by its environment. */
  readonly urlOf: (environment: string) => string | null;
  /** The commit that was last brought to a target. */
  readonly lastCommitAt: (target: string) => string | null;
}

/** The engine's own, and what people hand to it: no part of what is deployed. */
const NO_CONTENT = ["tasks/", "results/", "archive/", "workflow-state/", ".decapod/"];

export class Measurer {
  readonly #options: MeasureOptions;
  readonly #git: Git;
  #count = 0;

  constructor(options: MeasureOptions) {
    this.#options = options;
    const { files, clock, path, stateFolder, projectRoot } = options;
    const repository = findRepository(files, projectRoot);
    const untrusted = [projectRoot, ...(repository.ok ? [repository.value.tree.root] : [])];
    this.#git = new Git({ files, clock, path, untrusted, folder: join(stateFolder, "git") });
  }

  /** Before a person is asked, where the run works. */
  async before(asked: MeasureAsked, home: Home): Promise<Measured> {
    const { folderOf, projectRoot } = this.#options;
    const folder = home.workspace.mode === "shared" ? good(projectRoot) : await folderOf(home);
    if (folder.ok)
      return this.#whole(asked, await this.#look(asked, folder.value), { folder: folder.value, home });
    const note = `where it works cannot be looked at: ${folder.problems[0]?.message}`;
    return this.#asMeasured(asked, { ...NOTHING, notes: [note] });
  }

  /** At the moment of the effect; null: all that an approval is bound to is as it was found. */
  async again({ asked, found }: Approved, folder: string, home: Home): Promise<Measured | null> {
    const looked = await this.#look(asked, folder);
    const isSame = differenceOf(found, this.#asMeasured(asked, looked)) === null;
    return isSame ? null : this.#whole(asked, looked, { folder, home });
  }

  /** With all that a person reads. */
  async #whole(asked: MeasureAsked, looked: Looked, { folder, home }: Place): Promise<Measured> {
    const { commit, repository } = looked;
    const notes = [...looked.notes];
    const since = commit === null || !asked.countsChange ? null : this.#options.lastCommitAt(asked.target);
    const change =
      repository === null || !asked.countsChange
        ? null
        : await this.#changeSince(repository, since, home, notes);
    const place = { folder, home, repository, notes, content: (one: Repository) => this.#content(one, home) };
    const shown =
      asked.show === null ? null : await shownWork(asked.show, place, { ...this.#options, git: this.#git });
    return {
      ...this.#asMeasured(asked, looked),
      since,
      change,
      ...(shown !== null && { shown }),
      notes,
    };
  }

  #asMeasured({ target, parameters }: MeasureAsked, { commit, artefact, notes }: Looked): Measured {
    const isProduction = parameters !== null && this.#options.isProduction(parameters);
    const measured = { target, commit, since: null, change: null, artefact, notes };
    const urls = parameters === null ? null : this.#urlsOf(parameters);
    return {
      ...measured,
      ...(isProduction && { production: true as const }),
      ...(urls !== null && { urls }),
    };
  }

  /** One that is production under another name is shown as production. */
  #urlsOf({ environment }: JsonMap): NonNullable<Measured["urls"]> | null {
    const { urlOf } = this.#options;
    const own = typeof environment === "string" ? urlOf(environment) : null;
    const [site, staging] = [own ?? urlOf("production"), urlOf("staging")];
    return site === null && staging === null ? null : { site, staging };
  }

  async #look({ source }: MeasureAsked, folder: string): Promise<Looked> {
    const { files } = this.#options;
    const notes: string[] = [];
    const repository = findRepository(files, folder);
    const head = repository.ok ? await commitAt(this.#git, repository.value.tree, "HEAD") : repository;
    if (!head.ok) notes.push(head.problems[0]?.message ?? "the commit is not known");
    const artefact = source === null ? null : await this.#artefact(folder, source, notes);
    return {
      commit: head.ok ? head.value : null,
      repository: repository.ok && head.ok ? repository.value : null,
      artefact,
      notes,
    };
  }

  async #artefact(folder: string, source: string, notes: string[]): Promise<Artefact | null> {
    const root = resolve(folder, source);
    if (isOutside(folder, root) || !isReallyInside(this.#options.files, folder, root)) {
      notes.push(`${source} lies outside of where the task works, so it was not looked at`);
      return null;
    }
    const artefact = await saved(() => treeDigest(this.#options, root, source));
    if (!artefact.ok) notes.push(`${source} cannot be read (${artefact.problems[0]?.message})`);
    else if (artefact.value === null) notes.push(`there is no ${source} yet`);
    return artefact.ok ? artefact.value : null;
  }

  async #changeSince(
    repository: Repository,
    since: string | null,
    home: Home,
    notes: string[],
  ): Promise<Change | null> {
    if (since === null) {
      notes.push("nothing that was deployed there before is known");
      return null;
    }
    const content = await this.#content(repository, home);
    const listed = content.ok
      ? await pathsChanged(this.#git, repository.tree, since, content.value)
      : content;
    if (!listed.ok) {
      notes.push(`what changed since then cannot be told: ${listed.problems[0]?.message}`);
      return null;
    }
    const prefix = repository.prefix === "" ? "" : `${repository.prefix}/`;
    const within = listed.value.flatMap(({ path, isGone }) =>
      path.startsWith(prefix) ? [{ path: path.slice(prefix.length), isGone }] : [],
    );
    const counted = within.filter(({ path }) => !NO_CONTENT.some((folder) => path.startsWith(folder)));
    return {
      files: counted.length,
      deletions: counted.filter(({ isGone }) => isGone).length,
      paths: counted
        .flatMap(({ path }) => (path.length <= PATH_LENGTH_MAX ? [path] : []))
        .slice(0, PATHS_MAX),
    };
  }

  /** The tree of all that lies there, committed or not. */
  async #content({ tree }: Repository, home: Home): Promise<Result<string>> {
    const { files, stateFolder, fileBytesMax } = this.#options;
    this.#count += 1;
    const index = join(stateFolder, "git", `measure.${home.run}.${this.#count}.index`);
    const base = startRef({ run: home.run, task: null, attempt: 0 });
    const content = await saved(() => contentOf(tree, { files, git: this.#git, index, fileBytesMax, base }));
    return content.ok ? (content.value.ok ? good(content.value.value.tree) : content.value) : content;
  }
}

interface Looked {
  readonly commit: string | null;
  readonly repository: Repository | null;
  readonly artefact: Artefact | null;
  readonly notes: readonly string[];
}

const NOTHING: Looked = { commit: null, repository: null, artefact: null, notes: [] };

interface Place {
  readonly folder: string;
  readonly home: Home;
}

/** What the disk refuses is said, and is no reason to ask nobody. */
async function saved<T>(call: () => Promise<T>): Promise<Result<T>> {
  try {
    return good(await call());
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown)) throw thrown;
    return bad({ code: "E_IO", message: thrown.message });
  }
}
