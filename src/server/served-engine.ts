/** The engine behind the operations. */
import type { Happening } from "../contract.ts";
import { bad, type Result } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Host } from "../host/host.ts";

/** What is needed of an engine here. */
export interface ServedEngine {
  newRunId(): string;
  readonly host: Pick<Host, "apply"> & Pick<Engine, "loaded" | "send" | "synced">;
  observe(listener: (changes: readonly Change[]) => void): () => void;
  onProgress(listener: (progress: (Happening & { kind: "progress" })["progress"]) => void): () => void;
  run(id: string): Run | null;
  /** How many attempts could begin now. */
  readonly freeSlots: number;
  /** The runs it works on, children among them. */
  openRuns(): readonly Run[];
  resume(run: string, by: string | null): Result<Run>;
  /** Kills at once what runs of a run. */
  kill(run: string): void;
}

/** A run of the project's own as it stands; what is asked of a part of one is asked of the whole. */
export function wholeRun({ host }: ServedEngine, id: string): Result<Run> {
  const found = host.loaded(id);
  const parent = found.ok ? found.value.start.parent : null;
  if (parent === null) return found;
  const message = `run ${id} is a part of run ${parent.root}`;
  return bad({ code: "E_CONFLICT", message, hint: `decapod retry ${parent.root}` });
}
