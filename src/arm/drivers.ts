/** The drivers of this machine: everything this version has, or a rehearsal that plays everything. */
import { platform } from "node:os";
import { claudeDriver } from "../driver/claude/claude.ts";
import { findProgram } from "../driver/claude/program.ts";
import { makeRegistry, type Registry } from "../driver/registry.ts";
import { type RehearsalScript, rehearsalDriver } from "../driver/rehearsal.ts";
import { shellDriver } from "../driver/shell.ts";
import type { SpawnHost } from "../driver/spawn-host.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { capture } from "../port/spawn.ts";
import type { UserSettings } from "../spec/user-file.ts";

export interface RealDriverParts {
  readonly spawnHost: SpawnHost;
  readonly files: Files;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly projectRoot: string;
  readonly user: UserSettings;
  readonly isRole: (agent: string) => boolean;
}

/** Versions of claude to take beside the known ones, for one command. */
const VERSIONS = "DECAPOD_CLAUDE_VERSIONS";

export function realDrivers(parts: RealDriverParts): Registry {
  const { spawnHost, files, clock, environment, projectRoot, user, isRole } = parts;
  const { program, versions, permission, login } = user.claude;
  const named = (environment[VERSIONS] ?? "").split(",").filter((version) => version !== "");
  const claude = claudeDriver({
    starter: spawnHost,
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
    agents: new Map([["shell", shellDriver(spawnHost)]]),
    roles: new Map([[claude.name, claude]]),
    isRole,
    all: null,
  });
}

export interface RehearsalParts {
  readonly engine: Engine;
  readonly clock: Clock;
  /** How many attempts of a task earlier engines made. */
  readonly made: ReadonlyMap<string, number>;
}

export function rehearsedDrivers(script: RehearsalScript, { engine, clock, made }: RehearsalParts): Registry {
  const played = rehearsalDriver({
    script,
    clock,
    needsOf: ({ run, task, parameters }) => {
      const workflow = engine.run(run)?.workflow;
      const expectedOutputs = workflow?.tasks[workflow.indexOf.get(task) ?? -1]?.expectedOutputs ?? [];
      const codes = parameters.success_exit_codes;
      return { expectedOutputs, successExitCodes: Array.isArray(codes) ? codes.map(Number) : [0] };
    },
    madeBefore: (task) => made.get(task) ?? 0,
  });
  return makeRegistry({ agents: new Map(), roles: new Map(), isRole: () => true, all: played });
}
