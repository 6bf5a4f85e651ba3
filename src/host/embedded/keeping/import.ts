/**
 * Makes the journal of an empty project from what `export` wrote: beside its place first, every chain verified and every
 * run decided again, and only then put there. A file that was cut short or changed leaves the project as it was.
 */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../../core/problem.ts";
import type { Clock } from "../../../port/clock.ts";
import type { Files } from "../../../port/files.ts";
import { sha256 } from "../../../port/hash.ts";
import type { Random } from "../../../port/random.ts";
import { Outputs } from "../../../work/outputs.ts";
import { type Bound, connect, type Database, type Statement } from "../database.ts";
import { JournalFault } from "../fault.ts";
import { journalProblem, problemOf } from "../faults.ts";
import { DATABASE_FILE, lookAtJournal } from "../guard.ts";
import { type Link, loadRun } from "../load.ts";
import { type OpenJournal, openJournal } from "../open-journal.ts";
import { becomeOwner } from "../owner.ts";
import { derivedOf } from "../rebuild.ts";
import { APPLICATION_ID, MIGRATIONS } from "../schema.sql.ts";
import { MARK_FILE, makeMark, NO_MARK } from "../sidecar.ts";
import { verifyJournal } from "../verify.ts";
import { chained, EXPORT_VERSION, EXPORTED, TABLES } from "./export.ts";
import { linesIn } from "./lines-in.ts";
import { outputsFolder } from "./outputs-kept.ts";

export interface Importing {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly stateFolder: string;
  readonly file: string;
  readonly link: Link;
}

export interface Imported {
  readonly runs: number;
  readonly entries: number;
  readonly outputs: number;
}

const FOLDER = "importing";

export async function importJournal(importing: Importing): Promise<Result<Imported>> {
  const { files, stateFolder, file } = importing;
  if (files.statTarget(file)?.kind !== "file")
    return bad({ code: "E_NOT_FOUND", message: `there is no file ${file}`, hint: NO_FILE });
  const owner = becomeOwner(stateFolder);
  if (!owner.ok) return owner;
  const folder = join(stateFolder, FOLDER);
  try {
    // Only as owner: nobody else makes a journal from now on.
    const found = lookAtJournal({ folder: stateFolder, files, connect, version: MIGRATIONS.length });
    if (found.state !== "none" && (found.state === "refused" || found.version > 0))
      return bad(notEmpty(stateFolder));
    files.removeTree(folder);
    files.makeFolder(folder);
    return await importInto(folder, importing);
  } catch (thrown) {
    return bad(thrown instanceof Unfit ? thrown.problem : problemOf(thrown, stateFolder));
  } finally {
    files.removeTree(folder);
    owner.value.release();
  }
}

const NO_FILE = "decapod db export FILE writes one, in the project that has the journal";

function notEmpty(stateFolder: string): Problem {
  const hint = "import into a project that has none; or move that folder away";
  return { code: "E_CONFLICT", message: `there is a journal in ${stateFolder} already`, hint };
}

async function importInto(folder: string, importing: Importing): Promise<Result<Imported>> {
  const { files, stateFolder, file } = importing;
  const outputs = fill(folder, importing);
  const rebuilt = await decideAnew(folder, importing);
  if (rebuilt !== null) return bad(rebuilt);
  const verified = verifyJournal(folder, files);
  const [damage] = verified.damage;
  if (damage !== undefined) return bad(unfit(file, damage));
  files.makeFolder(outputsFolder(stateFolder));
  for (const { name } of files.list(outputsFolder(folder)))
    files.rename(join(outputsFolder(folder), name), join(outputsFolder(stateFolder), name));
  files.syncFolder(outputsFolder(stateFolder));
  // An empty database and its log may stand there, of a start that was cut short.
  for (const ending of ["-wal", "-shm", ""]) files.remove(join(stateFolder, `${DATABASE_FILE}${ending}`));
  for (const name of [MARK_FILE, DATABASE_FILE]) files.rename(join(folder, name), join(stateFolder, name));
  files.syncFolder(stateFolder);
  const opened = openJournal(optionsFor(stateFolder, importing));
  if (!opened.ok) return opened;
  opened.value.audit("journal.imported", `${verified.readable} entries of ${file}`);
  await opened.value.synced();
  await opened.value.close();
  return good({ runs: verified.runs, entries: verified.readable, outputs });
}

function optionsFor(folder: string, { files, clock, random }: Importing): OpenJournal {
  return { folder, durability: "durable", files, clock, random };
}

/** The read model is made from the entries; what does not fit together shows here, or when all is verified. */
async function decideAnew(folder: string, importing: Importing): Promise<Problem | null> {
  const { link, files } = importing;
  const lookup = new Outputs(files, folder);
  const opened = openJournal({ ...optionsFor(folder, importing), withoutModel: true });
  if (!opened.ok) return opened.problems[0] ?? null;
  const journal = opened.value;
  try {
    const runs = journal.everyRun().map((id) => {
      const loaded = loadRun(journal, link, id, lookup);
      if (loaded.ok) return loaded.value;
      throw new Unfit(unfit(importing.file, loaded.problems[0]?.message ?? id));
    });
    journal.replaceDerived(derivedOf(runs, lookup));
    await journal.synced();
    return null;
  } catch (thrown) {
    if (thrown instanceof JournalFault) return unfit(importing.file, thrown.problem.message);
    throw thrown;
  } finally {
    await journal.close();
  }
}

/** Ends the import with a problem; never leaves this file. */
class Unfit extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

function unfit(file: string, why: string): Problem {
  return journalProblem(
    `${file} cannot be imported: ${why}`,
    "nothing was changed; export it again, or take another copy",
  );
}

/** All lines into a database of their own; how many outputs there were. */
function fill(folder: string, { files, file }: Importing): number {
  makeMark(files, folder, NO_MARK);
  files.open(join(folder, DATABASE_FILE), "create").close();
  files.makeFolder(outputsFolder(folder));
  const database = connect(join(folder, DATABASE_FILE), { readOnly: false });
  try {
    const filling = new Filling(database, (digest, text) => {
      if (sha256(text) !== digest) throw new Error(`output ${digest.slice(0, 12)} is not what was exported`);
      files.writeAtomic(join(outputsFolder(folder), `${digest}.json`), text);
    });
    let number = 0;
    for (const line of linesIn(files, file)) {
      number += 1;
      try {
        filling.take(line);
      } catch (thrown) {
        if (thrown instanceof Unfit) throw thrown;
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        throw new Unfit(unfit(file, `line ${number}: ${why.slice(0, 200)}`));
      }
    }
    if (!filling.isWhole) throw new Unfit(unfit(file, `it ends after line ${number}, and not with its end`));
    database.exec("commit");
    return filling.outputs;
  } finally {
    database.close();
  }
}

/** Takes one line after the other; throws an Error with what is wrong with one. */
class Filling {
  readonly #database: Database;
  readonly #put: (digest: string, text: string) => void;
  readonly #inserts = new Map<string, Statement>();
  #chain = "";
  #count = 0;
  isWhole = false;
  outputs = 0;

  constructor(database: Database, put: (digest: string, text: string) => void) {
    this.#database = database;
    this.#put = put;
  }

  take(line: string): void {
    const [kind = "", value] = Object.entries(JSON.parse(line) as Record<string, unknown>)[0] ?? [];
    if (this.isWhole) throw new Error("there is more after the end");
    if (kind === "end") {
      const [count, chain] = value as readonly unknown[];
      if (count !== this.#count || chain !== this.#chain)
        throw new Error("the lines before it are not those exported");
      this.isWhole = true;
      return;
    }
    this.#chain = chained(this.#chain, line);
    this.#count += 1;
    if (this.#count === 1) return this.#begin(JSON.parse(line));
    if (kind === "output") {
      const [digest, text] = value as readonly [string, string];
      this.#put(digest, text);
      this.outputs += 1;
      return;
    }
    if (!Object.hasOwn(EXPORTED, kind)) throw new Error(`"${kind.slice(0, 40)}" is not known`);
    this.#insert(kind as keyof typeof EXPORTED, value as readonly Bound[]);
  }

  #begin({ decapodExport, schema }: Readonly<Record<string, unknown>>): void {
    if (decapodExport !== EXPORT_VERSION) throw new Error("it is not an export of this version of decapod");
    if (typeof schema !== "number" || schema < 1) throw new Error("it does not say its schema");
    if (schema > MIGRATIONS.length) {
      const message = `the export has schema ${schema}, this version knows ${MIGRATIONS.length}`;
      throw new Unfit({
        code: "E_NEWER_JOURNAL",
        message,
        hint: "use the decapod that wrote it, or a newer one",
      });
    }
    for (const sql of MIGRATIONS.slice(0, schema)) this.#database.exec(sql);
    this.#database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${schema}; begin`);
  }

  #insert(kind: keyof typeof EXPORTED, row: readonly Bound[]): void {
    const { length } = EXPORTED[kind];
    if (!Array.isArray(row) || row.length !== length) throw new Error(`it does not hold ${length} values`);
    let insert = this.#inserts.get(kind);
    if (insert === undefined) {
      const places = EXPORTED[kind].map(() => "?").join(",");
      insert = this.#database.prepare(
        `insert into ${TABLES[kind]}(${EXPORTED[kind].join(",")}) values(${places})`,
      );
      this.#inserts.set(kind, insert);
    }
    insert.run(...row);
  }
}
