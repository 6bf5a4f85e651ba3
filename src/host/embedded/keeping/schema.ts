/** Brings a journal to the schema of this version when somebody asks for it; opening it for a run does the same. */
import { bad, good, type Result } from "../../../core/problem.ts";
import { connect } from "../database.ts";
import { lookAtJournal } from "../guard.ts";
import type { OpenJournal } from "../open-journal.ts";
import { MIGRATIONS } from "../schema.sql.ts";
import { withJournal } from "../with-journal.ts";

export interface Migrated {
  readonly from: number;
  readonly to: number;
  /** Where the journal lies as it was; null when nothing was done. */
  readonly copy: string | null;
}

/** null when the project has no journal. */
export async function migrateJournal(options: OpenJournal): Promise<Result<Migrated | null>> {
  const { folder, files, migrations = MIGRATIONS } = options;
  const looking = { folder, files, connect: options.connect ?? connect, version: migrations.length };
  const found = lookAtJournal(looking);
  if (found.state === "refused") return bad(found.problem);
  if (found.state === "none" || found.version === 0) return good(null);
  const to = migrations.length;
  if (found.version === to) return good({ from: to, to, copy: null });
  const done = await withJournal(options, async (journal) => {
    journal.audit("journal.migrated", `schema ${found.version} to ${to}`);
    await journal.synced();
  });
  return done.ok
    ? good({ from: found.version, to, copy: `${folder}/decapod-schema-${found.version}.db` })
    : done;
}
