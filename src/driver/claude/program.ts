/** Which claude is started: one file, found outside of the project, of a version that is known. Looked for once. */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { Captured, CaptureOptions } from "../../port/spawn.ts";
import { trustedPath } from "../../work/environment.ts";
import type { Environment } from "./login.ts";
import { isKnownVersion, knownText, versionIn } from "./versions.ts";

export interface ProgramOptions {
  readonly files: Files;
  readonly environment: Environment;
  readonly projectRoot: string;
  /** Absolute path from the person's configuration; null: the first in PATH. */
  readonly program: string | null;
  readonly versions: readonly string[];
  readonly capture: (argv: readonly string[], options: CaptureOptions) => Promise<Captured>;
}

export interface Program {
  /** What is wrong with it, as far as that is known without starting it. */
  problem(): Problem | null;
  /** Asks it for its version, once for each state of its file. */
  ready(): Promise<Result<string>>;
}

/** A large program on a busy machine takes its time. */
const ASKING = { timeoutMs: 60_000, bytesMax: 65_536 } as const;

export function findProgram(options: ProgramOptions): Program {
  const { files } = options;
  const path = pathOf(options);
  let asked: { readonly state: string; readonly answer: Promise<Result<string>> } | null = null;
  let known: Result<string> | null = null;
  const ready = async () => {
    if (path === null) return bad<string>(missing(options));
    const state = stateOf(path, files);
    if (asked?.state !== state) asked = { state, answer: askVersion(path, options) };
    known = await asked.answer;
    // Not kept: what failed for once may work the next time.
    if (!known.ok) asked = null;
    return known;
  };
  const problem = () => {
    if (path === null || stateOf(path, files) === "") return missing(options);
    return known?.ok === false ? (known.problems[0] ?? null) : null;
  };
  return { problem, ready };
}

function pathOf({ files, environment, projectRoot, program }: ProgramOptions): string | null {
  if (program !== null) return program;
  const root = `${files.realPath(projectRoot)}/`;
  const folders = trustedPath(environment.PATH ?? "", [projectRoot], files).split(":");
  const found = folders.map((folder) => join(folder, "claude")).find((file) => isProgram(file, root, files));
  return found ?? null;
}

/** Not when it is a link into the project: the folder may be the person's own, the program would not be. */
function isProgram(path: string, projectRoot: string, files: Files): boolean {
  try {
    const stat = files.statTarget(path);
    if (stat?.kind !== "file" || (stat.mode & 0o111) === 0) return false;
    return !files.realPath(path).startsWith(projectRoot);
  } catch {
    // A folder in PATH that may not be read.
    return false;
  }
}

/** Changes when an update puts another file in its place. */
function stateOf(path: string, files: Files): string {
  const stat = files.statTarget(path);
  return stat === null ? "" : `${stat.device}/${stat.inode}/${stat.size}/${stat.modifiedMs}`;
}

async function askVersion(
  path: string,
  { capture, environment, versions }: ProgramOptions,
): Promise<Result<string>> {
  const given = { PATH: "/usr/bin:/bin", HOME: environment.HOME ?? "/", DISABLE_AUTOUPDATER: "1" };
  const { code, stdout, trouble } = await capture([path, "--version"], {
    folder: "/",
    environment: given,
    ...ASKING,
  });
  const version = code === 0 ? versionIn(Buffer.from(stdout).toString("utf8")) : null;
  if (version === null)
    return bad({
      code: "E_DRIVER_VERSION",
      message: `${path} does not say its version (${trouble ?? (code === 0 ? "it printed something else" : `exit ${code}`)})`,
      hint: "is it Claude Code? agents.claude-code.program in your configuration names another one",
    });
  if (isKnownVersion(version, versions)) return good(path);
  return bad({
    code: "E_DRIVER_VERSION",
    message: `${path} is Claude Code ${version}; this decapod knows ${knownText()}`,
    hint: `try it at your own risk: DECAPOD_CLAUDE_VERSIONS=${version}, or agents.claude-code.versions: ["${version}"] in your configuration`,
  });
}

function missing({ program }: ProgramOptions): Problem {
  return {
    code: "E_DRIVER_MISSING",
    message:
      program === null
        ? "claude is not in PATH (what lies inside the project does not count)"
        : `there is no program ${program}`,
    hint: "npm install -g @anthropic-ai/claude-code; or --rehearse plays the agents",
  };
}
