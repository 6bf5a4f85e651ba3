/** Which program of an agent is started: one file, found outside of the project, of a version that is known. Looked for once. */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { Captured, CaptureOptions } from "../../port/spawn.ts";
import { trustedPath } from "../../work/environment.ts";
import type { Product } from "./product.ts";
import { isKnownVersion, versionIn, versionsText } from "./versions.ts";

/** The person's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProgramOptions {
  readonly product: Product;
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

function pathOf({ product, program, ...place }: ProgramOptions): string | null {
  return program ?? programInPath(product.command, place);
}

/** The first in the person's PATH that is none of the project's. */
export function programInPath(
  command: string,
  { files, environment, projectRoot }: Pick<ProgramOptions, "files" | "environment" | "projectRoot">,
): string | null {
  const root = `${files.realPath(projectRoot)}/`;
  const folders = trustedPath(environment.PATH ?? "", [projectRoot], files).split(":");
  const found = folders.map((folder) => join(folder, command)).find((file) => isProgram(file, root, files));
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

async function askVersion(path: string, options: ProgramOptions): Promise<Result<string>> {
  const { product, capture, versions } = options;
  const { driver, title, known, versionsVariable } = product;
  const { code, stdout, trouble } = await capture([path, "--version"], {
    folder: "/",
    environment: askingEnvironment(options),
    ...ASKING,
  });
  const printed = Buffer.from(stdout).toString("utf8");
  const version = code === 0 ? versionIn(printed, product.versionWords) : null;
  if (version === null)
    return bad({
      code: "E_DRIVER_VERSION",
      message: `${path} does not say its version (${trouble ?? (code === 0 ? "it printed something else" : `exit ${code}`)})`,
      hint: `is it ${title}? agents.${driver}.program in your configuration names another one`,
    });
  if (isKnownVersion(version, known, [...versions, ...namedVersions(options)])) return good(path);
  return bad({
    code: "E_DRIVER_VERSION",
    message: `${path} is ${title} ${version}; this decapod knows ${versionsText(known)}`,
    hint: `try it at your own risk: ${versionsVariable}=${version}, or agents.${driver}.versions: ["${version}"] in your configuration`,
  });
}

/** Some of them are scripts, whose interpreter is found by PATH. */
function askingEnvironment({ environment, projectRoot, files }: ProgramOptions) {
  const PATH = trustedPath(environment.PATH ?? "", [projectRoot], files);
  return { PATH, HOME: environment.HOME ?? "/", DISABLE_AUTOUPDATER: "1" };
}

function namedVersions({ environment, product }: ProgramOptions): readonly string[] {
  return (environment[product.versionsVariable] ?? "").split(",").filter((version) => version !== "");
}

function missing({ program, product }: ProgramOptions): Problem {
  const { command, install } = product;
  return {
    code: "E_DRIVER_MISSING",
    message:
      program === null
        ? `${command} is not in PATH (what lies inside the project does not count)`
        : `there is no program ${program}`,
    hint: `${install}; or --rehearse plays the agents`,
  };
}
