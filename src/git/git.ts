/**
 * The only caller of git. The repository is assumed to be hostile: its configuration, hooks, attributes and pointers may
 * have been written by an agent. So nothing is looked for (folders are pinned), nothing of the machine or the person is
 * read, what could run a program is refused (config.ts), and what slips through is overridden (overrides.ts). One call alone
 * has a network and the person's settings, and for that it does not stand in the repository (away.ts).
 */
import { dirname, join } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { OneByOne } from "../port/one-by-one.ts";
import { programsIn, realOr } from "../port/programs.ts";
import { type Captured, capture } from "../port/spawn.ts";
import { ConfigCheck } from "./config.ts";
import { AWAY, asWords, CLOSED } from "./overrides.ts";
import type { Tree } from "./tree.ts";

export interface GitPorts {
  readonly files: Files;
  readonly clock: Clock;
  /** PATH is looked through once; nothing else of it reaches git. */
  readonly path: string;
  /** Folders whose programs are not trusted: git is never taken from there. */
  readonly untrusted: readonly string[];
  /** Where the empty folders and the engine's own ignore file lie. */
  readonly folder: string;
}

export interface CallOptions {
  readonly input?: string;
  /** In place of the worktree's own index. */
  readonly index?: string;
  /** Exit codes that are answers, not trouble. */
  readonly answers?: readonly number[];
  readonly bytesMax?: number;
  readonly timeoutMs?: number;
  /** False: the command refuses to be told that the paths it is given are literal. */
  readonly isLiteral?: boolean;
  /** The commit that is made bears no earlier time than this, in whole seconds. */
  readonly notBefore?: number;
}

export interface AwayOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly code: number;
  readonly text: string;
  /** On standard error. */
  readonly said: string;
}

const BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
/** F55: a lock of somebody who lives is waited for; it is never removed. */
const LOCK_WAIT_MS = 60_000;
const LOCK_STEP_MS = 100;
const LOCK_STEP_MS_MAX = 2_000;

export class Git {
  readonly #ports: GitPorts;
  readonly #config: ConfigCheck;
  #program: string | null | undefined;
  /** Common folder → the end of what writes there now. */
  readonly #writing = new OneByOne();

  constructor(ports: GitPorts) {
    this.#ports = ports;
    this.#config = new ConfigCheck(ports.files, (file) => this.#raw(configArgv(file), NO_TREE, {}));
  }

  /** The text that git prints. E_GIT_CONFIG before anything is run when the configuration surprises. */
  async read(tree: Tree, argv: readonly string[], options: CallOptions = {}): Promise<Result<string>> {
    const answered = await this.ask(tree, argv, options);
    return answered.ok ? good(answered.value.text) : answered;
  }

  async ask(tree: Tree, argv: readonly string[], options: CallOptions = {}): Promise<Result<Answer>> {
    const surprising = await this.#config.check(tree);
    if (!surprising.ok) return surprising;
    const ended = await this.#patiently(argv, tree, options);
    const { code } = ended;
    if (code === null || !(options.answers ?? [0]).includes(code)) return bad(this.#problem(argv, ended));
    const [text, said] = [ended.stdout, ended.stderr].map((bytes) => Buffer.from(bytes).toString("utf8"));
    return good({ code, text: text ?? "", said: said ?? "" });
  }

  /** The one call with a network, in a folder that nobody else writes (away.ts). `environment`: the person's, for who they are there. */
  async away(
    argv: readonly string[],
    { folder, environment, signal, timeoutMs }: AwayOptions,
  ): Promise<Captured> {
    const program = this.#found();
    if (program === null) return NOT_HERE;
    return capture([program, "--no-pager", ...asWords(AWAY), ...argv], {
      folder,
      environment: { ...environment, PATH: this.#trusted() },
      signal,
      timeoutMs,
      bytesMax: BYTES_MAX,
    });
  }

  /** One at a time for each repository (F56): git's own locks refuse instead of waiting. */
  alone<T>(common: string, call: () => Promise<T>): Promise<T> {
    return this.#writing.alone(common, call);
  }

  /** A git that outlived the engine that called it is let come to its end; false when it does not. */
  async released(lock: string): Promise<boolean> {
    const { clock, files } = this.#ports;
    for (const until = clock.monotonic() + LOCK_WAIT_MS; files.exists(lock); ) {
      if (clock.monotonic() > until) return false;
      await this.#pause(LOCK_STEP_MS);
    }
    return true;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve, { hold: true }));
  }

  async #patiently(argv: readonly string[], tree: Tree, options: CallOptions): Promise<Captured> {
    const { clock } = this.#ports;
    const until = clock.monotonic() + LOCK_WAIT_MS;
    for (let stepMs = LOCK_STEP_MS; ; stepMs = Math.min(stepMs * 2, LOCK_STEP_MS_MAX)) {
      const ended = await this.#raw(argv, tree, options);
      if (ended.code === 0 || lockIn(ended) === null || clock.monotonic() + stepMs > until) return ended;
      await this.#pause(stepMs);
    }
  }

  async #raw(argv: readonly string[], tree: Tree, options: CallOptions): Promise<Captured> {
    const program = this.#found();
    if (program === null) return NOT_HERE;
    const { folder } = this.#ports;
    const settings = asWords([
      ...CLOSED,
      ["core.hooksPath", this.#empty()],
      ["core.excludesFile", this.#ignore()],
    ]);
    const literal = options.isLiteral === false ? [] : ["--literal-pathspecs"];
    return capture([program, "--no-pager", ...literal, ...settings, ...argv], {
      folder: tree.root ?? folder,
      environment: this.#environment(program, tree, options),
      ...(options.input !== undefined && { input: options.input }),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      bytesMax: options.bytesMax ?? BYTES_MAX,
    });
  }

  /** Built from nothing. The identity is the engine's own (G13), whatever user.name says. */
  #environment(
    program: string,
    tree: Tree,
    { index, notBefore = 0 }: CallOptions,
  ): Readonly<Record<string, string>> {
    const seconds = Math.max(notBefore, Math.floor(this.#ports.clock.wall() / 1000));
    return {
      PATH: `${dirname(program)}:/usr/bin:/bin`,
      HOME: this.#empty(),
      LC_ALL: "C",
      GIT_DIR: tree.gitFolder,
      GIT_COMMON_DIR: tree.common,
      ...(tree.root !== null && { GIT_WORK_TREE: tree.root }),
      ...(index !== undefined && { GIT_INDEX_FILE: index }),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_GRAFT_FILE: "/dev/null",
      GIT_NO_LAZY_FETCH: "1",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ALLOW_PROTOCOL: "",
      GIT_EDITOR: ":",
      GIT_PAGER: "cat",
      GIT_AUTHOR_NAME: ENGINE.name,
      GIT_AUTHOR_EMAIL: ENGINE.email,
      GIT_AUTHOR_DATE: `${seconds} +0000`,
      GIT_COMMITTER_NAME: ENGINE.name,
      GIT_COMMITTER_EMAIL: ENGINE.email,
      GIT_COMMITTER_DATE: `${seconds} +0000`,
    };
  }

  /** Found once, and never where an agent could have put it (C6). */
  #found(): string | null {
    if (this.#program === undefined) this.#program = programsIn(this.#trusted(), ["git"]).git ?? null;
    return this.#program;
  }

  #trusted(): string {
    const { path, untrusted, files } = this.#ports;
    const isUntrusted = (entry: string) =>
      untrusted.some((root) => isBelow(entry, root) || isBelow(realOr(files, entry), root));
    return path
      .split(":")
      .filter((entry) => !isUntrusted(entry))
      .join(":");
  }

  /** 0700 and empty: for hooks, and as the home of a person without settings. */
  #empty(): string {
    const path = join(this.#ports.folder, "empty");
    this.#ports.files.makeFolder(path);
    return path;
  }

  /** What no person wants in a commit, and many repositories do not name. */
  #ignore(): string {
    const path = join(this.#ports.folder, "ignore");
    if (!this.#ports.files.exists(path)) this.#ports.files.writeAtomic(path, ".DS_Store\n");
    return path;
  }

  #problem(argv: readonly string[], ended: Captured): Problem {
    if (ended.trouble === NO_PROGRAM)
      return {
        code: "E_GIT",
        message: "git is not on this machine",
        hint: "install git 2.38 or newer, or leave out workspace: worktree",
      };
    const lock = lockIn(ended);
    const verb = argv.find((word) => !word.startsWith("-")) ?? "";
    if (lock !== null)
      return {
        code: "E_GIT",
        message: `git ${verb} waited ${LOCK_WAIT_MS / 1000} s for ${lock}, which somebody holds`,
        hint: "end the git process that holds it; if none lives, remove that file by hand",
      };
    const said = Buffer.from(ended.stderr).toString("utf8").trim().split("\n").slice(0, 3).join("; ");
    const why = ended.trouble ?? (said === "" ? `exit ${ended.code}` : said);
    return {
      code: "E_GIT",
      message: `git ${verb} failed: ${why.slice(0, 300)}`,
      hint: "look at the repository with git status and git fsck",
    };
  }
}

const NO_PROGRAM = "no_program";
const NOTHING = new Uint8Array();
const NOT_HERE: Captured = { code: null, stdout: NOTHING, stderr: NOTHING, trouble: NO_PROGRAM };
const NO_TREE: Tree = { gitFolder: "/dev/null", common: "/dev/null", root: null };

/** Commits of the engine are told from those of agents by it, and by their trailers. */
export const ENGINE = { name: "decapod", email: "decapod@localhost" } as const;

function configArgv(file: string): readonly string[] {
  return ["config", "--file", file, "--no-includes", "--list", "-z"];
}

/** The lock file that git could not make, because somebody has it. */
function lockIn({ code, stderr }: Captured): string | null {
  if (code === 0) return null;
  return /Unable to create '(.+\.lock)': File exists/.exec(Buffer.from(stderr).toString("utf8"))?.[1] ?? null;
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
