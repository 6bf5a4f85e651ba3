// Where a task file belongs: a test for each row of the table, and that any crash on the way converges.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type FolderView, type RunView, reconcile, type Step } from "./reconcile.ts";
import type { Folder } from "./task-folders.ts";

const view = (places: readonly Folder[], changed: readonly Folder[] = []): FolderView => ({
  places: new Set(places),
  changed: new Set(changed),
});
const open: RunView = { state: "open", isSettled: false, wasSettled: false };
const success: RunView = { state: "success", isSettled: true, wasSettled: true };
const failed: RunView = { ...success, state: "failed" };
const fresh = (run: RunView): RunView => ({ ...run, isSettled: false, wasSettled: false });

const words = (steps: readonly Step[]) =>
  steps.map((step) => {
    switch (step.do) {
      case "move":
        return `${step.from} → ${step.to}`;
      case "drop":
        return `drop ${step.from}`;
      case "restore":
        return `restore ${step.to}`;
      case "tell":
        return `tell ${step.about}`;
      default:
        return step.do;
    }
  });

const ROWS: readonly (readonly [name: string, FolderView, RunView | null, readonly string[]])[] = [
  ["no run, pending", view(["pending"]), null, ["start"]],
  ["no run, pending and an older one", view(["pending", "failed"]), null, ["start"]],
  [
    "F40: no run, in-progress",
    view(["in-progress"]),
    null,
    ["tell left_over", "in-progress → pending", "start"],
  ],
  ["no run, completed", view(["completed"]), null, []],
  ["no run, failed", view(["failed"]), null, []],
  ["no run, nowhere", view([]), null, []],
  ["open, in-progress", view(["in-progress"]), open, []],
  ["F38: open, edited", view(["in-progress"], ["in-progress"]), open, ["tell edited"]],
  ["F40: open, pending", view(["pending"]), open, ["tell wanted_back", "pending → in-progress"]],
  ["P10: open, completed", view(["completed"]), open, ["tell moved", "completed → in-progress"]],
  ["P10: open, failed", view(["failed"]), open, ["tell moved", "failed → in-progress"]],
  [
    "open again after retry, failed",
    view(["failed"]),
    { ...open, wasSettled: true },
    ["failed → in-progress"],
  ],
  ["F38: open, nowhere", view([]), open, ["tell gone", "restore in-progress"]],
  ["F41: open, a move cut short", view(["pending", "in-progress"]), open, ["drop pending"]],
  [
    "F38: open, a new text under its name",
    view(["pending", "in-progress"], ["pending"]),
    open,
    ["tell second"],
  ],
  [
    "F38: open, another text in the place of the one that it began with",
    view(["pending", "in-progress"], ["in-progress"]),
    open,
    ["tell edited", "pending → in-progress"],
  ],
  [
    "F38: ended, another text in the place of the one that it began with",
    view(["pending", "in-progress"], ["in-progress"]),
    fresh(success),
    ["settle", "pending → in-progress", "in-progress → completed"],
  ],
  ["F41: open, a copy in completed", view(["in-progress", "completed"]), open, ["drop completed"]],
  ["F3: ended, in-progress", view(["in-progress"]), fresh(success), ["settle", "in-progress → completed"]],
  ["F3: failed, in-progress", view(["in-progress"]), fresh(failed), ["settle", "in-progress → failed"]],
  [
    "F3: ended, pending",
    view(["pending"]),
    fresh(success),
    ["pending → in-progress", "settle", "in-progress → completed"],
  ],
  ["ended, not settled, at home", view(["completed"]), fresh(success), ["settle"]],
  ["ended, not settled, nowhere", view([]), fresh(success), ["settle", "restore completed"]],
  ["F3: settled, in-progress", view(["in-progress"]), success, ["settle", "in-progress → completed"]],
  [
    "F41: settled, a move cut short",
    view(["in-progress", "failed"]),
    failed,
    ["settle", "in-progress → failed"],
  ],
  ["settled, pending: done again", view(["pending"]), failed, ["start"]],
  ["settled, pending and at home: done again", view(["pending", "completed"]), success, ["start"]],
  ["settled, at home", view(["completed"]), success, []],
  ["settled, gone", view([]), success, []],
  ["P10: settled, in the other folder", view(["completed"]), failed, ["tell moved", "completed → failed"]],
];

describe("where a task file belongs", () => {
  for (const [name, folders, run, steps] of ROWS)
    it(name, () => assert.deepEqual(words(reconcile(folders, run)), steps));
});

/** A world in which steps are carried out, and may be cut short between any two writes. */
class World {
  readonly files = new Map<Folder, "own" | "other">();
  readonly runs: { state: RunView["state"]; results: number; settled: boolean; before: boolean }[] = [];
  private writesLeft: number;

  constructor(writesLeft: number) {
    this.writesLeft = writesLeft;
  }

  refill(writesLeft: number): void {
    this.writesLeft = writesLeft;
  }

  private write(effect: () => void): void {
    if (this.writesLeft === 0) throw new Crash();
    this.writesLeft -= 1;
    effect();
  }

  look(): readonly Step[] {
    const last = this.runs.at(-1);
    const changed = [...this.files].flatMap(([folder, whose]) => (whose === "other" ? [folder] : []));
    const run = last && { state: last.state, isSettled: last.settled, wasSettled: last.before };
    return reconcile(view([...this.files.keys()], changed), run ?? null);
  }

  /** `isCopied`: the folders lie on two disks, so a move is a copy and a removal. */
  take(step: Step, isCopied: boolean): void {
    const last = this.runs.at(-1);
    switch (step.do) {
      case "start":
        return this.write(() => {
          if (last?.state === "open") assert.fail("a task that is being done was started again");
          if (this.files.get("pending") === "other") this.files.set("pending", "own");
          this.runs.push({ state: "open", results: 0, settled: false, before: false });
        });
      case "move": {
        const whose = this.files.get(step.from);
        if (whose === undefined) return;
        if (!isCopied)
          return this.write(() => {
            this.files.delete(step.from);
            this.files.set(step.to, whose);
          });
        this.write(() => this.files.set(step.to, whose));
        return this.write(() => void this.files.delete(step.from));
      }
      case "drop":
        assert.equal(this.files.get(step.from), "own", "only a copy is removed");
        assert.ok(this.files.size > 1, "the last copy is never removed");
        return this.write(() => void this.files.delete(step.from));
      case "restore":
        return this.write(() => void this.files.set(step.to, "own"));
      case "settle":
        assert.notEqual(last?.state, "open", "a result is written of what has ended");
        this.write(() => {
          if (last) last.results += 1;
        });
        return this.write(() => {
          if (last) last.settled = last.before = true;
        });
      default:
        return;
    }
  }

  /** Looks until nothing is to be done, as the owner does. */
  settleDown(isCopied: boolean): void {
    for (let rounds = 0; ; rounds += 1) {
      assert.ok(rounds < 10, "it comes to rest");
      const steps = this.look().filter((step) => step.do !== "tell");
      if (steps.length === 0) return;
      for (const step of steps) {
        this.take(step, isCopied);
        // What is started is seen before anything else is done.
        if (step.do === "start") break;
      }
    }
  }
}

class Crash extends Error {}

type Happening = "end well" | "end badly" | "retry" | "again" | "move" | "delete" | "edit" | "look";

describe("a crash at any point", () => {
  it("F3, F40: converges: nothing is done twice, nothing is lost, and what has ended has its result", () => {
    const happenings = fc.array(
      fc.tuple(
        fc.constantFrom<Happening>(
          "end well",
          "end badly",
          "retry",
          "again",
          "move",
          "delete",
          "edit",
          "look",
        ),
        fc.constantFrom<Folder>("pending", "in-progress", "completed", "failed"),
        fc.array(fc.nat(6), { maxLength: 3 }),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(happenings, fc.boolean(), (list, isCopied) => {
        const world = new World(Number.POSITIVE_INFINITY);
        world.files.set("pending", "own");
        for (const [happening, folder, crashes] of list) {
          const wished = happen(world, happening, folder);
          const before = world.runs.length;
          for (const writes of crashes) {
            world.refill(writes);
            try {
              world.settleDown(isCopied);
            } catch (thrown) {
              if (!(thrown instanceof Crash)) throw thrown;
            }
          }
          world.refill(Number.POSITIVE_INFINITY);
          world.settleDown(isCopied);
          check(world, before, wished);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** True when it is a wish to do the task. */
function happen(world: World, happening: Happening, folder: Folder): boolean {
  const last = world.runs.at(-1);
  const [place] = world.files.keys();
  switch (happening) {
    case "end well":
    case "end badly":
      if (last?.state === "open") last.state = happening === "end well" ? "success" : "failed";
      return false;
    case "retry":
      if (last !== undefined && last.state !== "open") {
        last.state = "open";
        last.settled = false;
      }
      return false;
    case "again":
      if (last?.settled !== true || place === undefined) return false;
      world.files.delete(place);
      world.files.set("pending", "own");
      return true;
    case "move":
      if (place === undefined) return false;
      world.files.delete(place);
      world.files.set(folder, "own");
      return folder === "pending" && (last === undefined || last.settled);
    case "delete":
      if (place !== undefined && last !== undefined) world.files.delete(place);
      return false;
    case "edit":
      if (place === "in-progress") world.files.set(place, "other");
      return false;
    default:
      return false;
  }
}

function check(world: World, before: number, wished: boolean): void {
  const last = world.runs.at(-1);
  const most = Math.max(1, before + (wished ? 1 : 0));
  assert.ok(world.runs.length <= most, "nothing is done that nobody wished");
  if (wished) assert.equal(world.runs.length, most, "what is wished is done");
  for (const run of world.runs)
    if (run.state !== "open") assert.ok(run.results > 0, "what has ended has its result");
  if (last === undefined) return;
  if (last.state === "open")
    assert.ok(world.files.has("in-progress"), "what is being done lies in in-progress");
  else assert.ok(!world.files.has("in-progress") && !world.files.has("pending"));
}
