/** Moments that people wrote, over changes of the clocks, of the machine's zone and a leap day: once, and on time. */
import assert from "node:assert/strict";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import { begin, checkEntries, endOf, fine, type HostRig, short, statusOf } from "./bench.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Waiting {
  readonly from: string;
  /** What the wait is given. */
  readonly until: string;
  readonly due: string;
  /** The machine's zone while it begins and after a crash. */
  readonly zones?: readonly [string, string];
}

const WAITS: Readonly<Record<string, Waiting>> = {
  "F22 a wait for an hour that the clocks leave out ends as far behind the jump": {
    from: "2026-03-29T00:00:00Z",
    until: "${fn:date_add('2026-03-28T02:30:00+01:00', 1, 'days', 'Europe/Zurich')}",
    due: "2026-03-29T01:30:00Z",
  },
  "F22 a wait for an hour that comes twice ends at its first coming": {
    from: "2026-10-25T00:00:00Z",
    until: "${fn:date_add('2026-10-24T02:30:00+02:00', 1, 'days', 'Europe/Zurich')}",
    due: "2026-10-25T00:30:00Z",
  },
  "F22 a wait for the second coming of that hour ends an hour later": {
    from: "2026-10-25T00:00:00Z",
    until: "2026-10-25T02:30:00+01:00",
    due: "2026-10-25T01:30:00Z",
  },
  "F22 a month after the 31st of January ends on the leap day": {
    from: "2028-02-29T08:00:00Z",
    until: "${fn:date_add('2028-01-31T09:00:00Z', 1, 'months')}",
    due: "2028-02-29T09:00:00Z",
  },
  "F22 a year after a leap day ends on the last of February": {
    from: "2029-02-28T08:00:00Z",
    until: "${fn:date_add('2028-02-29T09:00:00Z', 1, 'years')}",
    due: "2029-02-28T09:00:00Z",
  },
  "F22 a wait ends at the same moment when the machine has another zone after a restart": {
    from: "2026-03-29T00:00:00Z",
    until: "${fn:date_add('2026-03-28T02:30:00+01:00', 1, 'days', 'Europe/Zurich')}",
    due: "2026-03-29T01:30:00Z",
    zones: ["Europe/Zurich", "Pacific/Auckland"],
  },
};

/** Of two hours, over each change of the clocks and the leap day: two hours, whatever the clocks on the wall show. */
const ASKED = ["2026-03-29T00:00:00Z", "2026-10-24T23:30:00Z", "2028-02-28T23:00:00Z"];
const ASKS = short({ tasks: { sure: { agent: "approval", parameters: { message: "?", expires: "2h" } } } });

export const calendarTests: HostTests = {
  ...Object.fromEntries(Object.entries(WAITS).map(([title, waiting]) => [title, waitsOnce(waiting)])),
  ...Object.fromEntries(
    ASKED.map((from) => [`F22 a question of ${from} with two hours has two hours`, expiresOnce(from)]),
  ),
};

function waitsOnce({ from, until, due, zones }: Waiting): HostTests[string] {
  return async (first) => {
    let rig = first;
    setTo(rig, from);
    const run = await inZone(zones?.[0], () =>
      begin(rig, short({ tasks: { w: { agent: "wait", parameters: { until } } } })),
    );
    await pass(rig, Date.parse(due) - Date.parse(from) - MINUTE);
    assert.equal(statusOf(rig, run, "w"), "waiting/time");
    await inZone(zones?.[1], async () => {
      if (zones !== undefined) {
        rig = await rig.crash();
        fine(rig.resume(run));
        assert.equal(statusOf(rig, run, "w"), "waiting/time");
      }
      await pass(rig, 2 * MINUTE);
      assert.equal(await endOf(rig, run), "success");
    });
    await endsOnce(rig, run, "timer.fired");
    return rig;
  };
}

function expiresOnce(from: string): HostTests[string] {
  return async (rig) => {
    setTo(rig, from);
    const run = await inZone("Europe/Zurich", () => begin(rig, ASKS));
    await pass(rig, 2 * HOUR - MINUTE);
    assert.equal(statusOf(rig, run, "sure"), "waiting/approval");
    await pass(rig, 2 * MINUTE);
    assert.equal(await endOf(rig, run), "failed");
    await endsOnce(rig, run, "timer.fired");
    return rig;
  };
}

/** A day more changes nothing. */
async function endsOnce(rig: HostRig, run: string, type: string): Promise<void> {
  await pass(rig, 24 * HOUR);
  const entries = rig.entries(run);
  checkEntries(entries);
  assert.equal(entries.filter(({ event }) => event.type === type).length, 1);
}

function setTo(rig: HostRig, moment: string): void {
  rig.clock.jumpWall(Date.parse(moment) - rig.clock.wall());
}

async function inZone<T>(zone: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env.TZ;
  if (zone !== undefined) process.env.TZ = zone;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

async function pass(rig: HostRig, delayMs: number): Promise<void> {
  rig.clock.advance(delayMs);
  await turns();
}
