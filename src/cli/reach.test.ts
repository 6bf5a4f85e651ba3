/** An owner that ends before it answers is followed by the next one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bad, good } from "../core/problem.ts";
import type { Application, Project } from "./application.ts";
import { withOwner } from "./reach.ts";
import { Refused } from "./refusal.ts";

const GONE = { code: "E_OWNER_GONE", message: "gone" };

/** Another process owns the project the first times; then nobody does. */
function applicationWith(owners: number, pauses: number[]): Application {
  let left = owners;
  return {
    open: async () => (left-- > 0 ? bad({ code: "E_LOCKED", message: "" }) : good({ engine: {} })),
    connect: async () => good({ client: {} }),
    clock: {
      after: (delayMs: number, call: () => void) => {
        pauses.push(delayMs);
        call();
      },
    },
  } as unknown as Application;
}

async function act(owners: number, problem = GONE) {
  const asked: string[] = [];
  const pauses: number[] = [];
  const done = withOwner(
    applicationWith(owners, pauses),
    {} as Project,
    { durability: null, slots: null },
    async ({ kind }, isAgain) => {
      asked.push(`${kind}${isAgain ? " again" : ""}`);
      if (kind === "there") throw new Refused([problem]);
    },
  );
  const code = await done.then(
    () => null,
    (thrown: Refused) => thrown.problems[0]?.code,
  );
  return { code, asked, pauses: pauses.length };
}

describe("asking whoever works on the project", () => {
  it("is done again when it ended before it answered, a few times, not all in one moment", async () => {
    assert.deepEqual(await act(0), { code: null, asked: ["here"], pauses: 0 });
    assert.deepEqual(await act(2), { code: null, asked: ["there", "there again", "here again"], pauses: 2 });
    const { code, asked, pauses } = await act(9);
    assert.deepEqual([code, asked.length, pauses], ["E_OWNER_GONE", 5, 4]);
  });

  it("is done once when it is refused", async () => {
    assert.deepEqual(await act(2, { code: "E_PHRASE", message: "no" }), {
      code: "E_PHRASE",
      asked: ["there"],
      pauses: 0,
    });
  });
});
