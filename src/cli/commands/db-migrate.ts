/** decapod db migrate: the journal in the schema of this version. */
import { EXIT } from "../../core/problem.ts";
import { migrateJournal } from "../../host/embedded/keeping/schema.ts";
import { realRandom } from "../../port/random.ts";
import type { Context } from "../context.ts";
import { answer, keepingOf, noJournal } from "../keeping.ts";
import { take } from "../refusal.ts";

export async function action(context: Context): Promise<number> {
  const { files, clock } = context.application;
  const { stateFolder, backups } = keepingOf(context);
  const migrated = take(
    await migrateJournal({
      folder: stateFolder,
      durability: "durable",
      files,
      clock,
      random: realRandom,
      backups,
    }),
  );
  if (migrated === null) throw noJournal(context);
  const { from, to, copy } = migrated;
  answer(context, { migrated: { from, to, copy } }, [
    from === to
      ? `✓ nothing to do: the journal has schema ${to}, that of this version`
      : `✓ the journal went from schema ${from} to ${to}; as it was it lies in ${copy}`,
  ]);
  return EXIT.done;
}
