/** A real agent on its stub, in a project and a home of its own; everything is gone when the test ends. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type ExitLogLine, parseFrame } from "../../src/driver/spawn-host-frames.ts";
import { environmentWith, type Running, startIn } from "../e2e/decapod.ts";
import { PROGRAM } from "../support/program.ts";
import { type Stub, startStub, type Turn } from "./stub.ts";

/** From test/agents/package-lock.json; the package of this platform holds the program itself. */
export const CLAUDE = join(
  import.meta.dirname,
  `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
);
/** Given to `skip`: the reason with the command that takes it away, or false. */
export const NO_CLAUDE = existsSync(CLAUDE)
  ? false
  : "claude 2.1.328 is not installed for tests: node scripts/ensure.mjs test/agents";
/** Ten starts of a large program on a machine that does other things too. */
export const WAIT_MS = 540_000;
export const API_KEY = "sk-ant-stub-key-of-the-person-0123456789";

export interface AgentProject extends Project {
  readonly stub: Stub;
  /** Settled when the model was asked so many times; fails when decapod ends before. */
  asked(running: Running, count: number): Promise<void>;
}

export interface Project {
  readonly path: string;
  readonly home: string;
  /** Of the person who calls decapod; may be changed before a start. */
  readonly environment: NodeJS.ProcessEnv;
  write(name: string, text: string): void;
  read(name: string): string;
  start(...words: readonly string[]): Running;
  /** Every file below a folder, with what it holds. */
  texts(folder: string): readonly (readonly [string, string])[];
  /** A file of an attempt of the only run there is. */
  attempt(task: string, name: string, number?: number): string;
  /** What the spawn hosts recorded. */
  exits(): readonly ExitLogLine[];
}

export async function agentProject(t: TestContext, turns: readonly Turn[]): Promise<AgentProject> {
  const stub = await startStub(turns);
  const environment = {
    ANTHROPIC_BASE_URL: stub.url,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_MAX_RETRIES: "2",
  };
  return {
    ...projectOn(t, stub, { programs: { claude: CLAUDE }, environment }),
    stub,
    asked: (running, count) =>
      Promise.race([
        stub.reached(count),
        running.ended.then(({ stderr, stdout }) => {
          throw new Error(`it ended before the model was asked ${count} times: ${stderr}${stdout}`);
        }),
      ]),
  };
}

interface Given {
  /** What the person has in PATH beside the usual, by name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The stand-in is closed with it. */
export function projectOn(
  t: TestContext,
  stub: { close(): Promise<void> },
  { programs, environment: more }: Given,
): Project {
  const base = mkdtempSync(join(tmpdir(), "decapod-agents-"));
  const [path, home, bin] = ["project", "home", "bin"].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [path, home, bin]) mkdirSync(folder);
  for (const [name, program] of Object.entries(programs)) symlinkSync(program, join(bin, name));
  const environment = { ...environmentWith(home), PATH: `${bin}:${process.env.PATH}`, ...more };
  t.after(async () => {
    await stub.close();
    rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  });
  const state = join(path, ".claude/workflow-state");
  return {
    path,
    home,
    environment,
    write: (name, text) => {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    },
    read: (name) => readFileSync(join(path, name), "utf8"),
    start: (...words) => startIn(path, environment, [...PROGRAM, ...words], WAIT_MS),
    texts: textsBelow,
    attempt: (task, name, number = 1) => {
      const run = readdirSync(join(state, "runs"))[0] ?? "";
      return readFileSync(join(state, "runs", run, task, String(number), name), "utf8");
    },
    exits: () => {
      const file = join(state, "exits.jsonl");
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      return text.split("\n").flatMap((line) => parseFrame<ExitLogLine>(line) ?? []);
    },
  };
}

function textsBelow(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [file, readFileSync(file, "latin1")] as const);
}
