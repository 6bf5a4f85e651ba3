/** The engine dies at every write point of four workflows (F1, F3), and again while it comes back, up to three times (F2). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AttemptRef } from "../../src/core/event.ts";
import type { Json } from "../../src/core/json.ts";
import {
  checkEntries,
  checkJournal,
  fine,
  type HostRig,
  nextRunId,
  replayed,
  tryBegin,
} from "../suites/host/bench.ts";
import { type Chance, chance } from "../support/chance.ts";
import { engineRig } from "../support/engine-rig.ts";
import { sense } from "../support/host-rig.ts";
import { SCALE } from "../support/scale.ts";
import { type Death, FaultySource, POSITIONS } from "./faulty.ts";
import { type Outside, REFERENCES, type Reference, work } from "./reference.ts";

const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_260_105);
/** Of all points; the rest is for `ci`. */
const SHARE = SCALE === "commit" ? 0.03 : 1;
const SHARE_TWICE = SCALE === "commit" ? 0.01 : SCALE === "ci" ? 0.25 : 1;
/** Of the deaths while it comes back: with one more while it comes back from that. */
const SHARE_THRICE = 0.1;

describe(`dying at write points, seed ${SEED}`, () => {
  for (const reference of REFERENCES) {
    test(`F1 F2 F3 ${reference.name}`, async () => {
      const chosen = chance(SEED);
      const whole = await wholeRun(reference);
      const { commits } = whole;
      let points = 0;
      for (let commit = 1; commit <= commits; commit++) {
        for (const position of POSITIONS) {
          if (chosen.next() < SHARE) {
            await dyingAt(reference, [{ commit, position }], whole);
            points += 1;
          }
          for (let again = 1; again <= 3; again++) {
            if (chosen.next() >= SHARE_TWICE) continue;
            const deaths = [{ commit, position }, deathAt(again, chosen)];
            if (chosen.next() < SHARE_THRICE) deaths.push(deathAt(1 + chosen.below(2), chosen));
            await dyingAt(reference, deaths, whole);
            points += 1;
          }
        }
      }
      const first = deathAt(1 + chosen.below(commits), chosen);
      await dyingAt(reference, [first, deathAt(1, chosen), deathAt(1, chosen)], whole);
      assert.ok(points > 0, `${commits} commits, no point was chosen`);
    });
  }
});

function deathAt(commit: number, chosen: Chance): Death {
  return { commit, position: chosen.pick(POSITIONS) };
}

interface Whole {
  readonly commits: number;
  readonly end: Json;
  /** How often each place was begun. */
  readonly done: readonly string[];
}

/** Without the number of the run: `task/item/attempt`. */
function doneBy({ begun }: Outside): readonly string[] {
  return begun.map((name) => name.slice(name.indexOf("/") + 1)).sort();
}

async function wholeRun(reference: Reference): Promise<Whole> {
  const source = new FaultySource([]);
  const rig = await engineRig(source);
  const run = nextRunId();
  fine(await tryBegin(rig, run, reference.text));
  const outside: Outside = { begun: [], acknowledged: [], survive: true };
  await work(rig, run, reference, outside, () => false);
  const whole = { commits: source.commits, end: sense(replayed(rig, run)), done: doneBy(outside) };
  await rig.close();
  return whole;
}

async function dyingAt(reference: Reference, deaths: readonly Death[], whole: Whole): Promise<void> {
  for (const survive of [true, false]) {
    const where = `${deaths.map(({ commit, position }) => `${position} commit ${commit}`).join(", then ")}, children ${survive ? "survive" : "die"}`;
    try {
      await dieAndGoOn(reference, deaths, whole, { begun: [], acknowledged: [], survive });
    } catch (thrown) {
      throw new Error(
        `${reference.name}: died ${where}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        { cause: thrown },
      );
    }
  }
}

async function dieAndGoOn(
  reference: Reference,
  deaths: readonly Death[],
  { end, done }: Whole,
  outside: Outside,
): Promise<void> {
  const source = new FaultySource(deaths);
  let rig = await engineRig(source);
  const run = nextRunId();
  let started = await tryBegin(rig, run, reference.text);
  for (let engine = 0; ; engine++) {
    if (!source.isDead) await work(rig, run, reference, outside, () => source.isDead);
    checkPromises(rig, outside);
    if (!source.isDead) break;
    assert.ok(engine < deaths.length, "no more engines die than shall");
    rig = await rig.crash();
    if (rig.row(run) === null) {
      assert.ok(!started.ok, "a run that somebody was told of is there");
      started = await tryBegin(rig, run, reference.text);
    } else if (rig.row(run)?.endedAt === null) fine(rig.resume(run));
  }
  checkJournal(rig);
  assert.deepEqual(sense(replayed(rig, run)), end, "it ends as it does without dying");
  const again = doneBy(outside).filter((place) => outside.survive && !done.includes(place));
  assert.deepEqual(again, [], "what outlived the engine is not done again");
  await rig.close();
}

/** Nothing that was told is missing, nothing was begun that the journal does not know, and nothing twice. */
function checkPromises(rig: HostRig, outside: Outside): void {
  assert.equal(new Set(outside.begun).size, outside.begun.length, "no attempt is begun twice");
  const kept = new Set<string>();
  const started = new Set<string>();
  const results = new Map<string, string>();
  for (const run of new Set(outside.acknowledged.map((one) => one.run))) {
    const entries = rig.entries(run);
    checkEntries(entries);
    for (const { event, key } of entries) {
      if (event.type === "attempt.ended") results.set(nameOf(run, event), JSON.stringify(event.outcome));
      const name = "attempt" in event ? nameOf(run, event) : "decision" in event ? event.decision : key;
      kept.add(`${run} ${event.type} ${name}`);
      if (event.type === "attempt.started") started.add(String(name));
    }
  }
  for (const { name, outcome } of outside.acknowledged)
    if (outcome !== undefined)
      assert.equal(results.get(name), JSON.stringify(outcome), `${name} is kept with its exit and output`);
  for (const { run, type, name } of outside.acknowledged)
    assert.ok(kept.has(`${run} ${type} ${name}`), `${type} ${name} was told and is lost`);
  for (const { type, name } of outside.acknowledged) {
    if (type === "attempt.ended") assert.ok(started.has(name), `${name} was meant before it was done`);
  }
}

function nameOf(run: string, { task, item, attempt }: AttemptRef): string {
  return `${run}/${task}/${item ?? ""}/${attempt}`;
}
