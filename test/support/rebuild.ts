import type { RunStarted } from "../../src/core/event.ts";
import { present } from "../../src/core/invariant.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { replay } from "../../src/core/replay.ts";
import { derivedOf } from "../../src/host/embedded/rebuild.ts";
import type { Commit, Store } from "../../src/host/embedded/store.ts";
import { linkAnew } from "./host-rig.ts";

/** All that can be derived of a journal's runs, parents before their children. */
export function rebuiltCommit(store: Store, lookup: Lookup): Commit {
  const link = linkAnew();
  const ids = [
    ...store.runs({ limit: 10_000 }),
    ...store.runs({ limit: 10_000 }).flatMap((row) => store.runs({ parent: row.run, limit: 10_000 })),
  ];
  const runs = [...new Set(ids.map(({ run }) => run))].map((id) => {
    const entries = store.entries(id);
    const start = present(entries[0], `run ${id} has entries`).event as RunStarted;
    const text = present(store.definition(start.digest), "its definition is kept");
    return replay(id, link({ digest: start.digest, text }, start.path), entries, lookup);
  });
  return derivedOf(runs, lookup);
}
