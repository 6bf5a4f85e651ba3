/** The drivers of this machine: everything this version has. */
import { platform } from "node:os";
import { claudeDriver } from "../driver/claude/claude.ts";
import { findProgram } from "../driver/claude/program.ts";
import type { ProcessStarter } from "../driver/process-run.ts";
import { makeRegistry, type Registry } from "../driver/registry.ts";
import { shellDriver } from "../driver/shell.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { capture } from "../port/spawn.ts";
import type { UserSettings } from "../spec/user-file.ts";

export interface LocalDriverParts {
  readonly starter: ProcessStarter;
  readonly files: Files;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly projectRoot: string;
  readonly user: UserSettings;
  readonly isRole: (agent: string) => boolean;
}

/** Versions of claude to take beside the known ones, for one command. */
const VERSIONS = "DECAPOD_CLAUDE_VERSIONS";

export function localDrivers(parts: LocalDriverParts): Registry {
  const { starter, files, clock, environment, projectRoot, user, isRole } = parts;
  const { program, versions, permission, login } = user.claude;
  const named = (environment[VERSIONS] ?? "").split(",").filter((version) => version !== "");
  const claude = claudeDriver({
    starter,
    files,
    clock,
    environment,
    login,
    permission,
    isMac: platform() === "darwin",
    program: findProgram({
      files,
      environment,
      projectRoot,
      program,
      versions: [...versions, ...named],
      capture,
    }),
  });
  return makeRegistry({
    agents: new Map([["shell", shellDriver(starter)]]),
    roles: new Map([[claude.name, claude]]),
    isRole,
  });
}
