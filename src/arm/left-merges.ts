/** Runs at the top that had succeeded when their engine died, before their branch was merged. */
import { join } from "node:path";
import type { Entry } from "../core/event.ts";
import { isRunId } from "../core/id.ts";
import { standingStill } from "../core/recover.ts";
import type { Run } from "../core/run.ts";
import { intoRef } from "../git/names.ts";
import { findRepository } from "../git/repository.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Files } from "../port/files.ts";

interface Left {
  readonly files: Files;
  readonly projectRoot: string;
  readonly host: Pick<Engine, "loaded" | "run">;
}

/** `end`: as when a run ends. Found by files alone: a symbolic ref is never packed. */
export async function takeUpMerges(
  { files, projectRoot, host }: Left,
  end: (run: Run, entry: Entry) => Promise<void> | undefined,
): Promise<void> {
  const repository = findRepository(files, projectRoot);
  if (!repository.ok) return;
  for (const { name } of files.list(join(repository.value.common, intoRef("")))) {
    // Of a run of another project in this repository the journal knows nothing.
    const run = isRunId(name) ? host.loaded(name) : null;
    if (run?.ok === true && run.value.phase === "closed" && run.value.status === "success")
      await end(run.value, standingStill(run.value));
  }
}
