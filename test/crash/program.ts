/** The real program in a project of its own: started, killed without a word, started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Entry } from "../../src/core/event.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** A line of --jsonl. */
export interface Told {
  readonly run: string;
  readonly sequence: number;
  readonly event: Entry["event"];
}

export interface Ended {
  readonly told: readonly Told[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), "decapod-kill-"));
  readonly #main: string;

  constructor(main: string, workflow: object) {
    this.#main = main;
    mkdirSync(join(this.folder, ".claude/workflows"), { recursive: true });
    writeFileSync(join(this.folder, "work.json"), JSON.stringify(workflow));
  }

  get stateFolder(): string {
    return join(this.folder, ".claude/workflow-state");
  }

  /** What real tasks wrote, in order. */
  log(): readonly string[] {
    return this.lines("log.txt");
  }

  lines(name: string): readonly string[] {
    try {
      return readFileSync(join(this.folder, name), "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  }

  start(words: readonly string[]): Running {
    const child = spawn(process.execPath, [this.#main, ...words], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), "decapod-cache"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Running(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #told: Told[] = [];
  #waiting: { readonly count: number; readonly tell: () => void } | null = null;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = this.#end();
  }

  /** Resolves once so many lines were told, or it has ended. */
  async lines(count: number): Promise<void> {
    if (this.#told.length >= count) return;
    const told = new Promise<void>((resolve) => {
      this.#waiting = { count, tell: resolve };
    });
    await Promise.race([told, this.ended]);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #end(): Promise<Ended> {
    let stderr = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const output = this.#child.stdout ?? undefined;
    const read = this.#read(output);
    const [code, signal] = (await once(this.#child, "exit")) as [number | null, NodeJS.Signals | null];
    await read;
    return { told: this.#told, code, signal, stderr };
  }

  async #read(output: NodeJS.ReadableStream | undefined): Promise<void> {
    if (output === undefined) return;
    for await (const line of createInterface({ input: output })) {
      const told = parsed(line);
      if (told === null) continue;
      this.#told.push(told);
      if (this.#waiting !== null && this.#told.length >= this.#waiting.count) this.#waiting.tell();
    }
  }
}

/** The last line may be cut off by the kill: then nobody was told it. */
function parsed(line: string): Told | null {
  try {
    const told = JSON.parse(line) as Told;
    return typeof told.sequence === "number" ? told : null;
  } catch {
    return null;
  }
}
