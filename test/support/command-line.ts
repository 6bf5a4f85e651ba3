/** The command line without an engine: real files and workflows, captured output, a journal given as rows. */
import { join } from "node:path";
import type { Application, Output, Reader } from "../../src/cli/application.ts";
import { runCommandLine } from "../../src/cli/cli.ts";
import { bad, good } from "../../src/core/problem.ts";
import { hasWorktrees } from "../../src/git/repository.ts";
import { heldClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { realRandom } from "../../src/port/random.ts";
import { findWorkflow, isProjectFile, readProject } from "../../src/spec/project.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";

export interface Captured extends Output {
  text(): string;
}

export function captured(size: { readonly columns: number; readonly rows: number } | null = null): Captured {
  const parts: string[] = [];
  return {
    isTerminal: size !== null,
    columns: size?.columns ?? null,
    rows: size?.rows ?? null,
    write: (text) => void parts.push(typeof text === "string" ? text : Buffer.from(text).toString("utf8")),
    text: () => parts.join(""),
  };
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Setting {
  readonly folder: string;
  readonly reader?: Reader;
  readonly environment?: Readonly<Record<string, string>>;
  readonly builtInFolders?: readonly string[];
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** Calls the command line once, as a process would. */
export async function decapod(setting: Setting, ...argv: readonly string[]): Promise<Said> {
  const stdout = captured(setting.terminal ?? null);
  const stderr = captured(setting.terminal ?? null);
  const code = await runCommandLine(makeApplication(setting, stdout, stderr), argv);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

export function makeApplication(setting: Setting, stdout: Output, stderr: Output): Application {
  const { folder, reader = null, environment = {} } = setting;
  const stateFolder = join(folder, ".claude/workflow-state");
  const found = readProject({ files: realFiles, asked: null, currentFolder: folder, home: null });
  return {
    version: "0.1.0",
    umask: 0o022,
    builtInFolders: setting.builtInFolders ?? [],
    clock: heldClock(Date.UTC(2026, 0, 18, 14, 30)),
    files: realFiles,
    environment: { TZ: "UTC", ...environment },
    user: "kim",
    cwd: folder,
    stdout,
    stderr,
    canAsk: false,
    readInput: async () => new Uint8Array(),
    prepare: () => {},
    calledAs: "decapod",
    onSignal: () => () => {},
    onKey: () => () => {},
    place: () => (found.ok ? good({ root: found.value.root, stateFolder }) : found),
    project: () => {
      if (!found.ok) return found;
      const { limits, fanOut, redact, retention } = found.value.settings;
      const config = {
        slots: 16,
        durability: "durable",
        environmentPass: [],
        limits,
        fanOut,
        redact,
        retention,
      } as const;
      return good({ root: found.value.root, stateFolder, config });
    },
    workflow: (_project, name) => {
      if (!found.ok) return found;
      const file = findWorkflow(found.value, realFiles, {
        name,
        folder,
        builtInFolders: setting.builtInFolders ?? [],
      });
      if (!file.ok) return file;
      const { path, shown } = file.value;
      const bytes = realFiles.readBytes(path);
      const checked = readWorkflow(shown, bytes, {
        ...surroundingsOf(found.value, realFiles, {
          checks: new Map(),
          builtInRoles: packageFolder("agents"),
          builtInWorkers: packageFolder("workers"),
          builtInFolders: setting.builtInFolders ?? [],
        }),
        secretCommandsAllowed: isProjectFile(found.value, path),
        worktrees: { isPossible: () => hasWorktrees(realFiles, found.value.root), isUsed: false },
      });
      return checked.ok ? good({ file: path, text: bytes.toString(), ...checked.value }) : checked;
    },
    surroundings: () => {
      if (!found.ok) throw new Error("there is no project here");
      const folders = {
        builtInRoles: packageFolder("agents"),
        builtInWorkers: packageFolder("workers"),
        builtInFolders: setting.builtInFolders ?? [],
      };
      return surroundingsOf(found.value, realFiles, { checks: new Map(), ...folders });
    },
    startOwner: async () => bad({ code: "E_BUSY", message: "there is no background here" }),
    tellStarter: () => {},
    atTerminal: async () => good(0),
    random: realRandom,
    newRunId: () => "0".repeat(26),
    open: async () => bad({ code: "E_LOCKED", message: "there is no engine here" }),
    // An owner that lives says nothing here.
    connect: async () =>
      reader?.owned === true ? bad({ code: "E_LOCKED", message: "it does not answer" }) : good(null),
    watch: async () => good(null),
    read: () => good(reader),
    withCursors: async () => bad({ code: "E_LOCKED", message: "no project here is worked on" }),
    deciding: () => {
      throw new Error("no run is decided here");
    },
    programs: () => ({}),
  };
}
