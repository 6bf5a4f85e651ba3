/** Runs of the real program that are killed with SIGKILL at random moments and taken up again until they are done. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { Entry } from "../../src/core/event.ts";
import { isMap } from "../../src/core/json.ts";
import { realClock } from "../../src/port/clock.ts";
import { checkEntries } from "../suites/host/bench.ts";
import { type Chance, chance } from "../support/chance.ts";
import { journalAt } from "../support/journal-source.ts";
import { type Ended, Program, type Told } from "./program.ts";

const KILLS_A_RUN_MAX = 8;

export interface KillLoop {
  readonly main: string;
  readonly kills: number;
  readonly atOnce: number;
  readonly seed: number;
}

export interface Survived {
  readonly kills: number;
  readonly runs: number;
  readonly lines: number;
}

/** Throws at the first promise that was broken: a told line lost, an order not kept, a run that does not end. */
export async function killLoop({ main, kills, atOnce, seed }: KillLoop): Promise<Survived> {
  const counts = { kills: 0, runs: 0, lines: 0 };
  const mayKill = () => counts.kills < kills && ++counts.kills > 0;
  const worker = async (number: number) => {
    const chosen = chance(seed + number);
    while (counts.kills < kills) {
      const lines = await killed(main, chosen, mayKill);
      counts.runs += 1;
      counts.lines += lines;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, number) => worker(number)));
  return counts;
}

/** One run from its start to its end, with kills in between; how many lines were told. */
async function killed(main: string, chosen: Chance, mayKill: () => boolean): Promise<number> {
  const workflow = graph(chosen);
  const program = new Program(main, workflow);
  const told: Told[] = [];
  let run: string | undefined;
  try {
    for (let start = 0; ; start++) {
      const words = run === undefined ? ["run", "work.json", "--jsonl"] : ["resume", "--jsonl"];
      const ended = await oneStart(program, words, chosen, start < KILLS_A_RUN_MAX && mayKill());
      told.push(...ended.told);
      run ??= told[0]?.run ?? (await openRun(program));
      if (ended.signal === null) {
        assert.equal(ended.code, 0, `seed ${chosen.seed}, start ${start}: ${ended.stderr}`);
        break;
      }
    }
    await check(program, run ?? assert.fail("a run was begun"), told, workflow);
    program.remove();
  } catch (thrown) {
    throw new Error(
      `seed ${chosen.seed}, ${program.folder}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      { cause: thrown },
    );
  }
  return told.length;
}

/** Half of them die some time after a line, the others some time after their start. */
async function oneStart(
  program: Program,
  words: readonly string[],
  chosen: Chance,
  dies: boolean,
): Promise<Ended> {
  const running = program.start(words);
  if (!dies) return running.ended;
  if (chosen.next() < 0.7) await running.lines(1 + chosen.below(10));
  // Not a wait for something: the moment of the death.
  await Promise.race([wait(chosen.below(60)), running.ended]);
  running.kill();
  return running.ended;
}

interface Task {
  readonly id: string;
  readonly dependencies: readonly string[];
}

function graph(chosen: Chance) {
  const tasks = Array.from({ length: 8 + chosen.below(5) }, (_, place) => ({
    id: `t${place}`,
    agent: "shell",
    dependencies: place === 0 ? [] : [...new Set([`t${chosen.below(place)}`, `t${chosen.below(place)}`])],
    retry: { max_attempts: 30, delay: 0, backoff: "fixed" },
    parameters: { run: script(`t${place}`, chosen) },
  }));
  return { name: "work", settings: { max_parallel: 4 }, tasks };
}

/** Now and then it fails. What it gave and how it ended it also writes where no engine has a hand in it. */
function script(id: string, chosen: Chance): string {
  return `
sleep 0.0${chosen.below(4)}
code=$((RANDOM % 4 == 0 ? 75 : 0))
echo "given=$RANDOM-$code" > "$DECAPOD_OUTPUT"
if [ $code = 0 ]; then echo ${id} >> log.txt; fi
echo "$DECAPOD_ATTEMPT $code $(cat "$DECAPOD_OUTPUT")" >> ends.txt
exit $code`;
}

/** A kill may come after the run began and before anybody was told. */
async function openRun(program: Program): Promise<string | undefined> {
  try {
    return await withJournal(program, (journal) => journal.openRuns()[0]);
  } catch {
    return undefined;
  }
}

/** Closed before the program is started again: two writers would be refused. */
async function withJournal<T>(
  program: Program,
  use: (journal: ReturnType<typeof journalAt>) => T,
): Promise<T> {
  const journal = journalAt(program.stateFolder, realClock);
  try {
    return use(journal);
  } finally {
    await journal.close();
  }
}

async function check(
  program: Program,
  run: string,
  told: readonly Told[],
  workflow: { readonly tasks: readonly Task[] },
): Promise<void> {
  const { entries, row } = await withJournal(program, (journal) => ({
    entries: journal.entries(run),
    row: journal.run(run),
  }));
  assert.equal(row?.status, "success");
  checkEntries(entries);
  for (const { sequence, event } of told)
    assert.deepEqual(entries[sequence - 1]?.event, event, `entry ${sequence} was told and is another now`);
  checkOrder(workflow.tasks, entries, program.log());
  checkEnds(run, entries, program.lines("ends.txt"));
  const database = new DatabaseSync(join(program.stateFolder, "decapod.db"), { readOnly: true });
  assert.equal(database.prepare("pragma integrity_check").get()?.integrity_check, "ok");
  database.close();
}

/** F3: what a child did, gave and ended with is known as that, once, and was done in one attempt alone. */
function checkEnds(run: string, entries: readonly Entry[], ends: readonly string[]): void {
  const known = new Map<string, string>();
  for (const { event } of entries) {
    if (event.type !== "attempt.ended") continue;
    const { exitCode, output, failure } = event.outcome;
    const given = "value" in output && isMap(output.value) ? `given=${output.value.given}` : "";
    known.set(`${run}/${event.task}/${event.attempt}`, `${exitCode} ${failure === null ? given : ""}`);
  }
  assert.equal(new Set(ends.map((line) => line.split(" ")[0])).size, ends.length, "no attempt is made twice");
  for (const line of ends) {
    const [attempt = "", code, given] = line.split(" ");
    assert.equal(
      known.get(attempt),
      `${code} ${code === "0" ? given : ""}`,
      `the end of ${attempt} is known`,
    );
  }
  assert.equal(ends.length, known.size, "nothing has ended that was not made");
}

/** By the journal and by what the children really wrote. */
function checkOrder(tasks: readonly Task[], entries: readonly Entry[], log: readonly string[]): void {
  const firstStart = new Map<string, number>();
  const success = new Map<string, number>();
  for (const { sequence, event } of entries) {
    if (event.type === "attempt.started" && !firstStart.has(event.task)) firstStart.set(event.task, sequence);
    if (event.type === "attempt.ended" && event.outcome.status === "success")
      success.set(event.task, sequence);
  }
  for (const { id, dependencies } of tasks) {
    assert.ok(log.includes(id), `${id} has really been done`);
    for (const dependency of dependencies) {
      assert.ok(
        (success.get(dependency) ?? Infinity) < (firstStart.get(id) ?? -1),
        `${id} began after ${dependency} in the journal`,
      );
      assert.ok(log.indexOf(dependency) < log.indexOf(id), `${id} was done after ${dependency}`);
    }
  }
}
