/** How this program starts an owner of its own project in the background. */
import type { Result } from "../core/problem.ts";
import { realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { realSpawn } from "../port/spawn.ts";
import { startBackground } from "./background.ts";

interface OwnedProject {
  readonly root: string;
  readonly stateFolder: string;
  readonly config: EngineSettings;
}

interface EngineSettings {
  readonly slots: number;
  readonly durability: "durable" | "fast";
}

interface Asked {
  /** null: as the project has it. */
  readonly slots: number | null;
  readonly durability: "durable" | "fast" | null;
  readonly runs: readonly string[];
}

/** The number of its process. */
export async function startOwner(
  { root, stateFolder, config }: OwnedProject,
  umask: number,
  { slots, durability, runs }: Asked,
): Promise<Result<number>> {
  const settings = [
    ...["--project", root, "--slots", String(slots ?? config.slots)],
    ...["--durability", durability ?? config.durability],
  ];
  const argv = [process.execPath, process.argv[1] ?? "", "__owner", ...runs, ...settings];
  const ports = { files: realFiles, clock: realClock, spawn: realSpawn };
  return startBackground({ ...ports, root, stateFolder, environment: process.env, umask, argv });
}
