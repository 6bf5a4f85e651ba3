import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runRow } from "../../test/support/journal.ts";
import type { Event } from "../core/event.ts";
import type { RunStatus } from "../core/run.ts";
import type { Reader } from "./application.ts";
import { cancelledOf, NO_REASON } from "./cancelled.ts";

const cancelled = (reason: string): Event => ({ type: "run.cancelled", by: "ada", reason });
const REOPENED: Event = { type: "run.reopened", by: "ada", tasks: [] };

function told(status: RunStatus, events: readonly Event[]): string | null | undefined {
  const entries = () => events.map((event, at) => ({ event, at }));
  return cancelledOf({ entries } as unknown as Reader, { ...runRow(1), status })?.reason;
}

describe("why a run was cancelled", () => {
  it("is what was said first: a second time only skips its hooks", () => {
    assert.equal(told("cancelled", [cancelled("wrong branch"), cancelled("now!")]), "wrong branch");
    assert.equal(told("cancelled", [cancelled(NO_REASON), cancelled("now!")]), null);
  });

  it("is told of what the run is now: not of one that was reopened since, or succeeded", () => {
    assert.equal(told("running", [cancelled("wrong branch"), REOPENED]), undefined);
    assert.equal(told("cancelled", [cancelled("wrong branch"), REOPENED, cancelled("again")]), "again");
    assert.equal(told("success", [cancelled("too late")]), undefined);
  });
});
