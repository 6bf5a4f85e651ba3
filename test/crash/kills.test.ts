/** The real program with real children, killed with SIGKILL at random moments, and taken up again until it is done. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { killLoop } from "./kill-loop.ts";
import { ROOT, SOURCE_MAIN } from "./program.ts";

const SCALE = process.env.DECAPOD_TEST_SCALE ?? "commit";
const SEED = Number(process.env.DECAPOD_TEST_SEED ?? Date.now() % 1_000_000);
const KILLS = { commit: 10, ci: 500, soak: 10_000 }[SCALE] ?? 10;
const AT_ONCE = SCALE === "commit" ? 2 : 4;

describe(`killing the real program, seed ${SEED}`, () => {
  let main = SOURCE_MAIN;
  const folder = mkdtempSync(join(tmpdir(), "decapod-bundle-"));
  before(() => {
    if (SCALE === "commit") return;
    execFileSync(process.execPath, [join(ROOT, "scripts/build.mjs"), join(folder, "dist")], {
      stdio: "pipe",
    });
    main = join(folder, "dist/main.js");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test(`loses nothing it told in ${KILLS} kills`, async (t) => {
    const survived = await killLoop({ main, kills: KILLS, atOnce: AT_ONCE, seed: SEED });
    t.diagnostic(`${survived.kills} kills over ${survived.runs} runs, ${survived.lines} lines told`);
  });
});
