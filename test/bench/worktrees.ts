/**
 * Worktrees in a large repository: `node test/bench/worktrees.ts [FILES]`, 200,000 without a word. Processor time of
 * each step with its children (Linux), beside that of plain git for the same; growth shows with another number. Kept out
 * of `npm run bench`: it makes three times FILES files.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorktreeWork } from "../../src/arm/worktree-work.ts";
import { SHARED } from "../../src/core/workspace-words.ts";
import { Git } from "../../src/git/git.ts";
import { findRepository } from "../../src/git/repository.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { git, RUN, value, worker, write } from "../support/repository.ts";

const count = Number(process.argv[2] ?? 200_000);
const CHANGED = 1_000;
const TICK_MS = 10;
const IN_A_FOLDER = 100;
const pathOf = (number: number) =>
  `d${Math.floor(number / IN_A_FOLDER / IN_A_FOLDER)}/e${Math.floor(number / IN_A_FOLDER) % IN_A_FOLDER}/f${number}.txt`;

const base = realpathSync(mkdtempSync(join(tmpdir(), "decapod-bench-worktrees-")));
try {
  await measure();
} finally {
  rmSync(base, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const [project, state, plain] = ["project", "state", "plain"].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [project, state]) mkdirSync(folder);
  fill(project);
  const work = attemptIn(project, state);
  line(["files", "step", "decapod, processor ms", "git alone", "ratio"]);
  line(["---", "---", "---", "---", "---"]);

  const added = timed(() => git(project, "worktree", "add", "--quiet", "--detach", plain));
  let folder = "";
  await row("made", added, async () => {
    folder = value(await work.enter()).root;
  });
  const save = async () => value(await work.save());
  const status = () => timed(() => git(plain, "status", "--porcelain"));
  await row("saved, unchanged", status(), save);
  change(folder, 1);
  change(plain, 1);
  await row("saved, 1 file changed", status(), save);
  change(folder, CHANGED);
  change(plain, CHANGED);
  await row(`saved, ${CHANGED} changed`, status(), save);
  const merged = timed(() => {
    git(plain, "add", "-A");
    git(plain, "commit", "--quiet", "-m", "x");
  });
  await row("committed and merged", merged, async () => value(await work.settle()));
  const removed = timed(() => git(project, "worktree", "remove", "--force", plain));
  await row("removed", removed, async () => value(await work.leave("goes")));
}

function attemptIn(project: string, stateFolder: string) {
  const clock = realClock;
  const repository = value(findRepository(realFiles, project));
  const folder = join(stateFolder, "git");
  const asked = { files: realFiles, clock, path: process.env.PATH ?? "", untrusted: [project], folder };
  const parts = { git: new Git(asked), files: realFiles, repository, stateFolder, fileBytesMax: 2 ** 20 };
  const own = { merge: "squash", keep: "on_failure", mustChange: false } as const;
  const home = { run: RUN, workspace: SHARED, outer: null };
  return new WorktreeWork(parts, { worker: worker("a"), own, home, title: "a" });
}

async function row(step: string, floorMs: number, call: () => Promise<unknown>): Promise<void> {
  const begun = processorMs();
  await call();
  const ms = processorMs() - begun;
  line([
    count.toLocaleString("en"),
    step,
    ...[ms, floorMs].map((one) => Math.round(one).toLocaleString("en")),
    (ms / Math.max(floorMs, TICK_MS)).toFixed(1),
  ]);
}

function timed(call: () => unknown): number {
  const begun = processorMs();
  call();
  return processorMs() - begun;
}

/** Of this process and the children that it has waited for, ms: the machine has other work. */
function processorMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks * TICK_MS;
}

function line(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

function change(folder: string, many: number): void {
  for (let number = 0; number < many; number++) appendFileSync(join(folder, pathOf(number)), `${many}\n`);
}

/** By the stream that git reads fastest; the files are checked out as anybody's are. */
function fill(project: string): void {
  git(project, "init", "--quiet", "--initial-branch=main", "--template=");
  const stream = join(base, "stream");
  const out = openSync(stream, "w");
  writeSync(out, "commit refs/heads/main\ncommitter Kim <kim@example.org> 1700000000 +0000\ndata 5\nfirst\n");
  for (let number = 0; number < count; number++) {
    const text = `line of file ${number}\n`;
    writeSync(out, `M 100644 inline ${pathOf(number)}\ndata ${text.length}\n${text}\n`);
  }
  closeSync(out);
  execFileSync("git", ["fast-import", "--quiet"], {
    cwd: project,
    stdio: [openSync(stream, "r"), "ignore", "inherit"],
  });
  rmSync(stream);
  git(project, "checkout", "--quiet", "main");
  write(project, { "mine.txt": "the person's own\n" });
}
