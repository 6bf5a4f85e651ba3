/** A5: yes and no at once, in any order and over crashes: one outcome, everywhere the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { replay } from "../../src/core/replay.ts";
import { type Chance, chance } from "../support/chance.ts";
import { flow, Play } from "../support/decider.ts";

const SEEDS = 1_000;
const FLOW = flow(
  "ship : approval: { mode: phrase, phrase: SHIP IT, expires: 60 }\nask <- ship : agent: approval, trigger_rule: all_done, parameters: { message: Fine?, on_reject: continue }\nrest",
);

/** What several people, and the deadline, say of one question; each of them perhaps twice. */
function answers(play: Play, place: string, dice: Chance) {
  const yes = play.decision(place, "approve", { by: "ann", ...(place === "ship" && { phrase: "SHIP IT" }) });
  const near = play.decision(place, "approve", { by: "bob", phrase: "ship it" });
  const no = play.decision(place, "reject", { by: "kim" });
  const all = [yes, no, yes, no, ...(place === "ship" ? [near] : [])];
  return all.map((event) => ({ event, order: dice.next() })).sort((one, other) => one.order - other.order);
}

test(`A5: of yes and no at once the first counts, the others hear of it (${SEEDS} seeds)`, () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const dice = chance(seed);
    // Something else goes on, so that the run is still open for who comes late.
    const play = new Play(FLOW).start("rest");
    for (const place of ["ship", "ask"]) {
      const taken: string[] = [];
      for (const { event } of answers(play, place, dice)) {
        if (event.phrase === "ship it" && taken.length === 0) {
          assert.equal(play.refused(event), "E_PHRASE", `seed ${seed}`);
          continue;
        }
        if (taken.length > 0) {
          const { code, message } = play.problem(event);
          assert.equal(code, "E_DECIDED", `seed ${seed}`);
          const told = taken[0] === "approve" ? "approve by ann" : "reject by kim";
          assert.ok(message.includes(`already decided: ${told} at `), `seed ${seed}: ${message}`);
          continue;
        }
        play.send(event);
        taken.push(event.choice);
      }
      if (place === "ship" && taken[0] === "approve") play.ok("ship");
      outcomes.add(`${place} ${taken[0]}`);
    }
    const made = play.entries.filter(({ event }) => event.type === "decision.made");
    assert.equal(made.length, 2, `seed ${seed}`);
    assert.deepEqual(play.replayed(), play.run, `seed ${seed}`);
    const others = JSON.parse(JSON.stringify(play.entries));
    assert.deepEqual(replay("RUN", FLOW, others, play.lookup).status, play.run.status, `seed ${seed}`);
  }
  assert.equal(outcomes.size, 4, "each of them was first sometimes");
});
