/** A project whose journal holds runs that were played by hand, with the logs their attempts left. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RunStarted } from "../../src/core/event.ts";
import { rememberingLink, replayOf } from "../../src/host/embedded/load.ts";
import { type JournalReader, openReader } from "../../src/host/embedded/reader.ts";
import { derivedOf } from "../../src/host/embedded/rebuild.ts";
import type { RunRow } from "../../src/host/host.ts";
import { realFiles } from "../../src/port/files.ts";
import { bodyAt, linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";
import { attemptFolder } from "../../src/work/folder.ts";
import { decapod, type Said } from "./command-line.ts";
import { Play } from "./decider.ts";
import { EMPTY, opened, runId } from "./journal.ts";
import { surroundings } from "./surroundings.ts";

export interface Kept {
  readonly id: string;
  /** As people name it. */
  readonly name: string;
}

export class KeptProject {
  readonly folder: string;
  readonly stateFolder: string;
  readonly #readers: JournalReader[] = [];
  #count = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "decapod-kept-"));
    this.stateFolder = join(this.folder, ".claude/workflow-state");
    mkdirSync(join(this.folder, ".claude/workflows"), { recursive: true });
  }

  /** Keeps a run as the game leaves it. */
  async keep(
    text: string,
    game: (play: Play) => void,
    over: { readonly started?: Partial<RunStarted>; readonly row?: Partial<RunRow> } = {},
  ): Promise<Kept> {
    const read = readWorkflow("test.yaml", text, surroundings());
    if (!read.ok) assert.fail(JSON.stringify(read.problems));
    const { workflow, definition } = read.value;
    const play = new Play(workflow, over.started);
    game(play);
    this.#count += 1;
    const id = runId(this.#count);
    const run = { ...play.run, id };
    const derived = derivedOf([run], play.lookup);
    const journal = opened(this.stateFolder);
    journal.commit({
      ...EMPTY,
      ...derived,
      runs: derived.runs.map((row) => ({ ...row, ...over.row })),
      definitions: [{ digest: workflow.digest, text: definition }],
      entries: play.entries.map((entry) => ({ ...entry, run: id })),
    });
    await journal.close();
    return { id, name: `r-${id.slice(-4)}` };
  }

  /** What an attempt printed; `ageMs` old. */
  log(
    run: string,
    ref: { readonly task: string; readonly attempt: number },
    text: string,
    ageMs = 0,
  ): string {
    const file = join(attemptFolder(this.stateFolder, run, ref), "output.log");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (ageMs > 0) utimesSync(file, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs));
    return file;
  }

  reader(): JournalReader {
    const link = rememberingLink((text) => linkDefinition(text, surroundings()), bodyAt);
    const lookup = { output: () => undefined, sha256: () => "" };
    const found = openReader(this.stateFolder, realFiles, { replay: () => replayOf({ link, lookup }) });
    assert.ok(found.ok && found.value !== null);
    this.#readers.push(found.value);
    return found.value;
  }

  async says(...words: readonly string[]): Promise<Said> {
    return decapod({ folder: this.folder, reader: this.reader() }, ...words);
  }

  async saysAt(columns: number, ...words: readonly string[]): Promise<Said> {
    const terminal = { columns, rows: 24 };
    return decapod(
      { folder: this.folder, reader: this.reader(), terminal, environment: { NO_COLOR: "1" } },
      ...words,
    );
  }

  remove(): void {
    for (const reader of this.#readers) reader.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
