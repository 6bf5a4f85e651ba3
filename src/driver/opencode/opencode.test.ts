// The driver with a program that plays opencode. The real one runs in test/agents, the protocol in acp.test.ts.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { attempt } from "../../../test/suites/driver.suite.ts";
import { fakeAgent, type Played } from "../../../test/support/fake-agent.ts";
import { childProgram } from "../../../test/support/processes.ts";
import { ACP_BRIDGE } from "../../../test/support/program.ts";
import { OPENCODE } from "../agent/product.ts";
import type { Environment } from "../agent/program.ts";
import { opencodeDriver } from "./opencode.ts";

const PAID: Environment = {
  ANTHROPIC_API_KEY: "key-0123456789",
  ANTHROPIC_BASE_URL: "https://proxy.example/",
};

const played = (environment: Environment): Played => ({
  product: OPENCODE,
  make: (parts) => opencodeDriver({ ...parts, ...ACP_BRIDGE, login: "auto", permission: null, waitMs: 300 }),
  environment,
});

/** Tells what it was started with, and succeeds; `login`: what lies where it looks for its own login. */
const SCRIPT = `env > $PLACE/env; echo "$@" > $PLACE/words; cp "$XDG_DATA_HOME/opencode/auth.json" $PLACE/login 2>/dev/null
exec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp`;

describe("opencode, with a program that plays it", () => {
  it("asks before everything, loads nothing of the project, and keeps to folders of its own", async (t) => {
    const { driver, work, room, folder } = fakeAgent(t, played({ ...PAID, OTHER: "x" }), SCRIPT);
    const environment = { ...work.environment, PLAYED: JSON.stringify({ kind: "succeed", output: "done" }) };
    const { outcome } = await attempt(driver, { ...work, environment });
    assert.deepEqual([outcome.status, outcome.output], ["success", "done"], outcome.failure?.message);
    assert.equal(readFileSync(join(room.folder, "words"), "utf8"), "acp\n");
    const told = Object.fromEntries(
      readFileSync(join(room.folder, "env"), "utf8")
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const { "*": all, bash, edit, task, todowrite } = JSON.parse(told.OPENCODE_PERMISSION ?? "{}");
    assert.deepEqual([all, bash, edit, task, todowrite], ["ask", "ask", "ask", "deny", "allow"]);
    assert.deepEqual(JSON.parse(told.OPENCODE_CONFIG_CONTENT ?? "{}").provider, {
      anthropic: { options: { baseURL: "https://proxy.example/v1" } },
    });
    assert.equal(told.OPENCODE_DISABLE_PROJECT_CONFIG, "1");
    assert.equal(told.ANTHROPIC_API_KEY, PAID.ANTHROPIC_API_KEY);
    assert.equal(told.OTHER, undefined);
    for (const name of ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"])
      assert.ok(told[name]?.startsWith(join(folder, "opencode/")), name);
  });

  it("C6: without a variable uses the login where it lies, and says so before a start when there is none", async (t) => {
    const { driver, work, room } = fakeAgent(t, played({}), SCRIPT);
    const asked = { ...work, environmentNames: [] };
    const [problem] = driver.refuse?.(asked) ?? [];
    assert.equal(problem?.code, "E_DRIVER_LOGIN");
    assert.match(
      problem?.hint ?? "",
      /^opencode auth login; or set one of OPENCODE_API_KEY, ANTHROPIC_API_KEY/,
    );
    const own = join(room.folder, ".local/share/opencode/auth.json");
    mkdirSync(dirname(own), { recursive: true });
    writeFileSync(own, "the login");
    assert.deepEqual(driver.refuse?.(asked), []);
    const environment = { ...work.environment, PLAYED: JSON.stringify({ kind: "succeed", output: "done" }) };
    const { outcome } = await attempt(driver, { ...work, environment });
    assert.equal(outcome.status, "success");
    assert.equal(readFileSync(join(room.folder, "login"), "utf8"), "the login");
  });
});
