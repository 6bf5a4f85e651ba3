/**
 * F3 C6: the engine is killed (-9) before, while and after each call of git that a run makes: worktrees that are made,
 * commits, merges, removals. A program called git, in front of the real one, counts the calls and kills whoever made one.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { environmentWith, startIn } from "../e2e/decapod.ts";
import { chance } from "../support/chance.ts";
import { PROGRAM } from "../support/program.ts";
import { git, makeRepository } from "../support/repository.ts";
import { SCALE } from "../support/scale.ts";

const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_261_129);
/** Of all points; the whole is for `soak`. */
const SHARE = { commit: 0.008, ci: 0.016 }[SCALE] ?? 1;
const POSITIONS = ["before", "during", "after"] as const;
type Position = (typeof POSITIONS)[number];

const WORKFLOW = `name: w
settings: { workspace: { mode: worktree, branch: work } }
tasks:
  - { id: plan, agent: shell, parameters: { run: "echo plan >> plan.txt" } }
  - { id: api, agent: shell, workspace: worktree, dependencies: [plan], parameters: { run: "cat plan.txt; echo api >> api.txt" } }
  - { id: ui, agent: shell, dependencies: [api], parameters: { run: "cat api.txt; echo ui >> ui.txt" } }
`;

const GROUP = `name: w
settings: { workspace: { mode: worktree, branch: work } }
tasks:
  - id: page
    agent: group
    workspace: worktree
    parameters:
      tasks:
        - { id: edit, agent: shell, parameters: { run: "echo page >> page.txt" } }
        - { id: test, agent: shell, dependencies: [edit], parameters: { run: "cat page.txt; echo ok >> tested.txt" } }
`;

const TOP = `name: w
settings: { workspace: { mode: worktree, merge: squash, base: work } }
tasks:
  - { id: page, agent: shell, parameters: { run: "echo page >> page.txt" } }
`;

const base = mkdtempSync(join(tmpdir(), "decapod-crash-git-"));
after(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();

describe(`dying at calls of git, seed ${SEED}`, () => {
  it("F3: ends as if nothing had happened, each change merged once", async (t) => {
    await dieAt(t, { kind: "task", workflow: WORKFLOW, share: SHARE, isMeant: () => false });
  });

  it("F3: merges the branch of a group once, also when it dies between the merge and the word of it", async (t) => {
    // Its commit is made, then the branch is moved.
    const isMeant = (words: string) => /^update-ref .*decapod: \w{26}\/\/0/m.test(words);
    await dieAt(t, { kind: "group", workflow: GROUP, share: SHARE === 1 ? 1 : 0, isMeant });
  });

  it("F3: merges a run that had ended once, when the next engine starts", async (t) => {
    const isMeant = (words: string) => /^update-ref .*decapod: \w{26}\/\/0/m.test(words);
    await dieAt(t, { kind: "top", workflow: TOP, share: SHARE === 1 ? 1 : 0, isMeant });
  });
});

interface Dying {
  readonly kind: string;
  readonly workflow: string;
  /** Of all points. */
  readonly share: number;
  /** A call at which it dies in any case. */
  readonly isMeant: (words: string) => boolean;
}

async function dieAt(t: TestContext, { kind, workflow, share, isMeant }: Dying): Promise<void> {
  const whole = await runWith(`${kind}-whole`, workflow, null);
  const folder = join(base, `${kind}-whole/calls`);
  const calls = readdirSync(folder).length;
  assert.ok(calls > 20, `${calls} calls of git`);
  const words = (call: number) => readFileSync(join(folder, String(call), "words"), "utf8");
  const meant = Array.from({ length: calls }, (_, index) => index + 1).find((call) => isMeant(words(call)));
  const chosen = chance(SEED);
  const points: [number, Position][] = [];
  for (let call = 1; call <= calls; call++)
    for (const position of POSITIONS)
      if (call === meant || chosen.next() < share) points.push([call, position]);
  for (const [call, position] of points) {
    const ended = await runWith(`${kind}-${call}-${position}`, workflow, { call, position });
    assert.deepEqual(ended, whole, `killed ${position} call ${call} of ${calls}: ${words(call)}`);
  }
  t.diagnostic(`${points.length} of ${calls * POSITIONS.length} points`);
}

interface Death {
  readonly call: number;
  readonly position: Position;
}

/** What stands in the repository in the end. */
async function runWith(name: string, workflow: string, death: Death | null) {
  const folder = join(base, name);
  const project = join(folder, "project");
  makeRepository(project, { ".claude/workflows/w.yaml": workflow, "a.txt": "one\n" });
  if (workflow === TOP) git(project, "branch", "work");
  const environment = environmentWith(join(folder, "home"));
  const path = `${plant(folder, death)}:${environment.PATH}`;
  const call = (...words: readonly string[]) =>
    startIn(project, { ...environment, PATH: path }, [...PROGRAM, ...words, "--json"]).ended;
  const first = await call("run", "w");
  if (death !== null) {
    assert.equal(first.signal, "SIGKILL", `${name}: ${first.stderr}`);
    const resumed = await call("resume");
    // Killed while what it leaves behind was removed, when all was done: then there is nothing to go on with.
    if (resumed.code !== 0)
      assert.match(resumed.stderr + resumed.stdout, /nothing to resume|no interrupted/i, name);
    await call("event", "nobody");
  } else assert.equal(first.code, 0, first.stderr);
  const shown = await call("runs");
  const [run] = JSON.parse(shown.stdout).runs;
  const log = git(
    project,
    "log",
    "--reverse",
    "--format=%s|%cn|%(trailers:key=Decapod-Task,valueonly)",
    "main..work",
  );
  assert.equal(git(project, "fsck", "--no-dangling"), "", name);
  return {
    status: run.status,
    log,
    tree: git(project, "rev-parse", "work^{tree}"),
    person: git(project, "status", "--porcelain"),
    main: git(project, "log", "--format=%s", "main"),
  };
}

/** A folder with a program called git. */
function plant(folder: string, death: Death | null): string {
  const bin = join(folder, "bin");
  for (const path of [bin, join(folder, "home")]) mkdirSync(path, { recursive: true });
  // A folder for each call, made by it: calls that overlap are numbered all the same.
  const calls = join(folder, "calls");
  mkdirSync(calls, { recursive: true });
  const dead = join(folder, "dead");
  const kill = `touch ${dead}; kill -9 $PPID`;
  const ways = {
    before: `${kill}; exit 1`,
    during: `${kill}; exec ${real} "$@"`,
    after: `${real} "$@"; code=$?; ${kill}; exit $code`,
  };
  const lines = [
    "#!/bin/sh",
    `n=1; until mkdir ${calls}/$n 2>/dev/null; do n=$((n + 1)); done`,
    // Without the settings that every call has.
    `for word; do case $word in --no-pager|--literal-pathspecs|-c|*.*=*) ;; *) printf '%s ' "$word";; esac; done > ${calls}/$n/words`,
    ...(death === null
      ? []
      : [`if [ $n = ${death.call} ] && [ ! -e ${dead} ]; then ${ways[death.position]}; fi`]),
    `exec ${real} "$@"`,
  ];
  writeFileSync(join(bin, "git"), `${lines.join("\n")}\n`);
  chmodSync(join(bin, "git"), 0o755);
  assert.ok(existsSync(real));
  return bin;
}
