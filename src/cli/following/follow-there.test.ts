/** Who is followed when the owner has gone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { good } from "../../core/problem.ts";
import type { Application, Project } from "../application.ts";
import { nextOwner } from "./follow-there.ts";

/** What each look finds: the runs of an owner, or nobody. */
function finding(...looks: readonly (readonly string[] | null)[]) {
  const left = [...looks];
  const application = {
    connect: async () => {
      const runs = left.shift() ?? null;
      return good(runs === null ? null : { client: runs, shown: { runs } });
    },
    clock: { after: (_ms: number, then: () => void) => then() },
  } as unknown as Application;
  const next = (handsOver: boolean, isOver = () => false) =>
    nextOwner({ application }, {} as Project, { runs: new Set(["mine"]), handsOver, isOver });
  return { next, left };
}

describe("the next owner of what is watched", () => {
  it("is one that works on it, and no other", async () => {
    assert.deepEqual(await finding(["other", "mine"]).next(false), ["other", "mine"]);
    assert.equal(await finding(["other"]).next(false), null);
    assert.equal(await finding(null).next(false), null);
  });

  it("is waited for when it is on its way, until it has taken the run or the run has ended", async () => {
    assert.deepEqual(await finding(null, [], ["other"], ["mine"]).next(true), ["mine"]);
    const { next, left } = finding(null, [], ["mine"]);
    assert.equal(await next(true, () => left.length === 1), null);
  });
});
