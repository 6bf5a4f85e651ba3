/** What every host must do, whatever keeps its journal: one suite for all implementations, now and to come. */
import { describe, test } from "node:test";
import { attemptTests } from "./host/attempts.ts";
import { checkJournal, type HostRig, type MakeRig } from "./host/bench.ts";
import { calendarTests } from "./host/calendar.ts";
import { childTests } from "./host/children.ts";
import { clockTests } from "./host/clocks.ts";
import { decisionTests } from "./host/decisions.ts";
import { eventTests } from "./host/events.ts";
import { groupTests } from "./host/groups.ts";
import { openRunTests } from "./host/open-runs.ts";
import { planTests } from "./host/plans.ts";
import { recoveryTests } from "./host/recovery.ts";
import { runTests } from "./host/runs.ts";

/** One behaviour: gets a host of its own, which may have died and come back by the end. */
export type HostTest = (rig: HostRig) => Promise<unknown>;
export type HostTests = Readonly<Record<string, HostTest>>;

export function hostSuite(name: string, make: MakeRig): void {
  describe(name, () => {
    const all = {
      ...runTests,
      ...attemptTests,
      ...groupTests,
      ...decisionTests,
      ...childTests,
      ...planTests,
      ...recoveryTests,
      ...openRunTests,
      ...eventTests,
      ...clockTests,
      ...calendarTests,
    };
    for (const [behaviour, check] of Object.entries<HostTest>(all)) {
      test(behaviour, async () => {
        const rig = await make(SUB_WORKFLOWS);
        const last = ((await check(rig)) as HostRig | undefined) ?? rig;
        checkJournal(last);
        await last.close();
      });
    }
  });
}

const SUB_WORKFLOWS: ReadonlyMap<string, string> = new Map([
  [
    "inner",
    JSON.stringify({
      name: "inner",
      tasks: [{ id: "x", agent: "shell", parameters: { run: "true" } }],
      outputs: { said: "${x.output}" },
    }),
  ],
  [
    "keyed",
    JSON.stringify({
      name: "keyed",
      context: { secrets: { OWN: { env: "OWN" } } },
      tasks: [
        {
          id: "x",
          agent: "shell",
          parameters: { run: "true" },
          env: { KEY: "${secrets.KEY}", OWN: "${secrets.OWN}" },
        },
      ],
    }),
  ],
  [
    "asks",
    JSON.stringify({
      name: "asks",
      tasks: [{ id: "sure", agent: "approval", parameters: { message: "Sure?" } }],
    }),
  ],
]);
