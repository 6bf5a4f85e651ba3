/**
 * The whole journal as lines of JSON, with its chains and the outputs kept apart. Each line is hashed over the one before,
 * and the last line holds the end of that chain: what was cut short or changed on its way is found before it is taken.
 */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../../core/problem.ts";
import type { Files, OpenFile } from "../../../port/files.ts";
import { sha256Text } from "../../../port/hash.ts";
import { connect, type Row } from "../database.ts";
import { journalProblem } from "../faults.ts";
import { DATABASE_FILE } from "../guard.ts";
import { Reads } from "../reads.ts";
import { verifyJournal } from "../verify.ts";
import { writeWhole } from "../whole-file.ts";
import { damagedOutputs, outputsFolder, referredOutputs } from "./outputs-kept.ts";

export const EXPORT_VERSION = 1;

/** Tables that hold what cannot be made anew, in the order in which they are written and taken. */
export const EXPORTED = {
  meta: ["name", "value"],
  definition: ["digest", "text", "hash"],
  journal: ["number", "run"],
  entry: ["place", "commit_number", "at", "tick", "key", "hash", "text"],
  commit: ["number", "entries", "hash"],
  audit: ["number", "commit_number", "at", "action", "detail", "hash"],
} as const;

export const TABLES: Readonly<Record<keyof typeof EXPORTED, string>> = {
  meta: "meta",
  definition: "definitions",
  journal: "journals",
  entry: "entries",
  commit: "commits",
  audit: "audit",
};

export interface Exported {
  readonly runs: number;
  readonly entries: number;
  readonly outputs: number;
  readonly bytes: number;
}

const CHUNK_LENGTH = 1 << 20;

/** null when the project has no journal. A damaged one is not exported: nobody could take it. */
export function exportJournal(files: Files, stateFolder: string, target: string): Result<Exported | null> {
  const verified = verifyJournal(stateFolder, files);
  const [damage] = verified.damage;
  if (damage !== undefined) return bad(journalProblem(damage));
  if (verified.tail.number === 0) return good(null);
  const lost = lostOutput(files, stateFolder);
  if (lost !== null) return bad(lost);
  let written = { outputs: 0, bytes: 0 };
  writeWhole(files, target, (path) => {
    const file = files.open(path, "write");
    try {
      const lines = new Lines(file);
      const outputs = writeAll(files, stateFolder, lines);
      lines.end();
      written = { outputs, bytes: lines.bytes };
    } finally {
      file.close();
    }
  });
  return good({ runs: verified.runs, entries: verified.readable, ...written });
}

/** An export without an output that a run speaks of could not be taken: its run could not be decided again. */
function lostOutput(files: Files, stateFolder: string): Problem | null {
  const database = connect(join(stateFolder, DATABASE_FILE), { readOnly: true });
  try {
    const damaged = damagedOutputs(files, stateFolder, new Reads(database, false));
    const first = damaged.find(({ run }) => run !== null);
    if (first === undefined) return null;
    return journalProblem(first.text, "nothing was written; `decapod db check` names all that is wrong");
  } finally {
    database.close();
  }
}

/** How many outputs were written. */
function writeAll(files: Files, stateFolder: string, lines: Lines): number {
  const database = connect(join(stateFolder, DATABASE_FILE), { readOnly: true });
  try {
    database.exec("begin");
    const reads = new Reads(database, false);
    const schema = Number(reads.get("pragma user_version")?.[0]);
    lines.write({ decapodExport: EXPORT_VERSION, schema });
    for (const [kind, columns] of Object.entries(EXPORTED)) {
      const table = TABLES[kind as keyof typeof EXPORTED];
      for (const row of reads.each(`select ${columns.join(", ")} from ${table} order by 1`))
        lines.write({ [kind]: row as Row & readonly (string | number | null)[] });
    }
    const digests = [...referredOutputs(reads).keys()];
    let count = 0;
    for (const digest of digests) {
      const text = files.readTextIf(join(outputsFolder(stateFolder), `${digest}.json`));
      if (text === null) continue;
      lines.write({ output: [digest, text] });
      count += 1;
    }
    return count;
  } finally {
    database.close();
  }
}

/** Buffers, so that a line is no write of its own. */
class Lines {
  readonly #file: OpenFile;
  #chain = "";
  #count = 0;
  #waiting: string[] = [];
  #length = 0;
  #position = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  get bytes(): number {
    return this.#position;
  }

  write(value: object): void {
    const line = JSON.stringify(value);
    this.#chain = chained(this.#chain, line);
    this.#count += 1;
    this.#put(line);
  }

  end(): void {
    this.#put(JSON.stringify({ end: [this.#count, this.#chain] }));
    this.#flush();
  }

  #put(line: string): void {
    this.#waiting.push(line, "\n");
    this.#length += line.length;
    if (this.#length >= CHUNK_LENGTH) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(""), "utf8");
    this.#file.write(bytes, this.#position);
    this.#position += bytes.length;
    this.#waiting = [];
    this.#length = 0;
  }
}

export function chained(chain: string, line: string): string {
  return sha256Text(`${chain}\n${line}`);
}
