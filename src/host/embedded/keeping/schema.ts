/** Brings a journal to the schema of this version when somebody asks for it; opening it for a run does the same. */
import { bad, good, type Result } from "../../../core/problem.ts";
import { connect } from "../database.ts";
import { lookAtJournal } from "../guard.ts";
import { type OpenJournal, openJournal } from "../open-journal.ts";
import { becomeOwner } from "../owner.ts";
import { MIGRATIONS } from "../schema.sql.ts";

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
  const owner = becomeOwner(folder);
  if (!owner.ok) return owner;
  try {
    const journal = openJournal(options);
    if (!journal.ok) return journal;
    journal.value.audit("journal.migrated", `schema ${found.version} to ${to}`);
    await journal.value.synced();
    await journal.value.close();
    return good({ from: found.version, to, copy: `${folder}/decapod-schema-${found.version}.db` });
  } finally {
    owner.value.release();
  }
}
