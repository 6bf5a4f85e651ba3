/** The real program with real children, killed with SIGKILL at random moments, and taken up again until it is done. */
import { describe, test } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { SCALE } from "../support/scale.ts";
import { killLoop } from "./kill-loop.ts";

const SEED = Number(process.env.DECAPOD_TEST_SEED ?? Date.now() % 1_000_000);
const KILLS = { commit: 10, ci: 500, soak: 10_000 }[SCALE] ?? 10;
const AT_ONCE = SCALE === "commit" ? 2 : 4;

describe(`killing the real program, seed ${SEED}`, () => {
  const [, main = ""] = PROGRAM;

  test(`F3: loses nothing it told, and no exit or output of a child, in ${KILLS} kills`, async (t) => {
    const survived = await killLoop({ main, kills: KILLS, atOnce: AT_ONCE, seed: SEED });
    t.diagnostic(`${survived.kills} kills over ${survived.runs} runs, ${survived.lines} lines told`);
  });
});
