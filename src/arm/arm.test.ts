import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INTERRUPTED } from "../core/event.ts";
import { failure } from "../core/outcome.ts";
import type { Outcome } from "../driver/driver.ts";
import { EMPTY_OUTCOME } from "../driver/empty-outcome.ts";
import type { Lease } from "../host/host.ts";
import { Arm, type ArmOptions } from "./arm.ts";

const LOST: Outcome = { ...EMPTY_OUTCOME, status: "lost", failure: failure("lost", "gone") };

/** What the arm reports of one attempt. */
function reported(assignment: object, changes: Partial<ArmOptions>): Promise<unknown> {
  const lease = { assignment, signal: new AbortController().signal } as Lease;
  return new Promise((resolve) => {
    const leases = [[lease]];
    const arm = armOf({
      host: {
        claim: (_, signal) => {
          const given = leases.pop();
          if (given !== undefined) return Promise.resolve(given);
          return new Promise<readonly Lease[]>((end) => signal.addEventListener("abort", () => end([])));
        },
        result: async (_, outcome) => {
          resolve(outcome);
          arm.stop();
          return { ok: true, value: null };
        },
        cacheHit: async () => ({ ok: true, value: null }),
      },
      prepare: async () => ({ kind: "refused", outcome: LOST }),
      ...changes,
    });
    void arm.work();
  });
}

function armOf(parts: Pick<ArmOptions, "host" | "prepare"> & Partial<ArmOptions>): Arm {
  return new Arm({
    name: "arm",
    slots: 1,
    pool: "default",
    labels: [],
    driverFor: () => assert.fail("no driver is asked"),
    conclude: () => assert.fail("nothing to conclude"),
    onProgress: () => {},
    onRefused: () => {},
    ...parts,
  });
}

it("has no free slot, and never fewer, where more goes on than it has slots for", async () => {
  const lease = () => ({ assignment: {}, signal: new AbortController().signal }) as Lease;
  const leases = [lease(), lease()];
  let begun = () => {};
  const bothBegan = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const arm = armOf({
    host: {
      claim: async () => leases.splice(0),
      result: async () => ({ ok: true, value: null }),
      cacheHit: async () => ({ ok: true, value: null }),
    },
    prepare: () => {
      begun();
      return new Promise(() => {});
    },
  });
  assert.equal(arm.freeSlots, 1);
  void arm.work();
  await bothBegan;
  assert.equal(arm.freeSlots, 0);
  arm.stop();
});

describe("an attempt that is lost", () => {
  it("F3 is reported with its cause", async () => {
    assert.deepEqual(await reported({ effect: "idempotent", check: null }, {}), { lost: "gone" });
  });

  it("F3 counts for nothing when its process was never started", async () => {
    const prepare = async () => ({ kind: "refused" as const, outcome: { ...LOST, neverBegan: true } });
    assert.deepEqual(await reported({ effect: "idempotent", check: null }, { prepare }), {
      lost: INTERRUPTED,
    });
  });

  it("F3 of a checkable effect is looked up: done, not done, or left to a person", async () => {
    const assignment = { effect: "checkable", check: ["look"] };
    const done = (await reported(assignment, { check: async () => "happened" })) as { status: string };
    assert.equal(done.status, "success");
    const check = async () => "did_not_happen" as const;
    assert.deepEqual(await reported(assignment, { check }), { lost: "gone", undone: true });
    assert.deepEqual(await reported(assignment, { check: async () => "unknown" }), { lost: "gone" });
  });

  it("F3 found done by its check, hands on what others need of it, or has failed", async () => {
    const wrong = failure("output_missing", "too much");
    const carry: ArmOptions["carry"] = (_, outcome) => ({ ...outcome, status: "failed", failure: wrong });
    const check = async () => "happened" as const;
    const told = await reported({ effect: "checkable", check: ["look"] }, { check, carry });
    assert.deepEqual((told as { failure: unknown }).failure, wrong);
  });
});

it("an attempt around which something breaks fails alone", async () => {
  const prepare = async () => {
    throw new Error("the disk is gone");
  };
  const outcome = (await reported({}, { prepare })) as { status: string; failure: { message: string } };
  assert.equal(outcome.status, "failed");
  assert.match(outcome.failure.message, /the disk is gone/);
});
