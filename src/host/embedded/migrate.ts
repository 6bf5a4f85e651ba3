/** Brings a journal to the schema of this version: each step one transaction, a copy of the old one first. */
import type { Files } from "../../port/files.ts";
import type { Random } from "../../port/random.ts";
import type { Database } from "./database.ts";
import { APPLICATION_ID, RULES } from "./schema.sql.ts";
import { writeWhole } from "./whole-file.ts";

export interface Migration {
  readonly database: Database;
  readonly folder: string;
  readonly files: Files;
  readonly random: Random;
  readonly from: number;
  readonly migrations: readonly string[];
}

export function migrate({ database, folder, files, random, from, migrations }: Migration): void {
  if (from > 0 && from < migrations.length) {
    const copy = database.prepare("vacuum into ?");
    writeWhole(files, `${folder}/decapod-schema-${from}.db`, (path) => copy.run(path));
  }
  for (let version = from; version < migrations.length; version++) {
    transaction(database, () => {
      database.exec(migrations[version] as string);
      if (version === 0) begin(database, random);
      database.exec(`pragma user_version = ${version + 1}`);
    });
  }
}

/** Each journal has a name of its own, so that a copy of one is never taken for a copy of another. */
function begin(database: Database, random: Random): void {
  database.exec(`pragma application_id = ${APPLICATION_ID}`);
  const id = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const put = database.prepare("insert into meta values(?,?)");
  put.run("id", id);
  put.run("rules", String(RULES));
}

function transaction(database: Database, body: () => void): void {
  database.exec("begin immediate");
  try {
    body();
    database.exec("commit");
  } catch (thrown) {
    try {
      database.exec("rollback");
    } catch {
      // Rolled back already; what was thrown first is what counts.
    }
    throw thrown;
  }
}
