import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../../../test/support/processes.ts";
import { type HeldClock, heldClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { becomeOwner } from "./owner.ts";
import { reachOwner } from "./reach.ts";

const self = { name: "kim", pid: process.pid };

function owned(t: TestContext) {
  const folder = temporaryFolder(t);
  const owner = becomeOwner(folder);
  assert.ok(owner.ok);
  t.after(() => owner.value.release());
  return { folder, owner: owner.value };
}

async function listening(t: TestContext, path: string, connected: (server: Server) => void): Promise<void> {
  const server = createServer(() => connected(server));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
}

/** Moves the clock whenever somebody waits for it, and counts how often. */
function movedClock(): { readonly clock: HeldClock; readonly looks: () => number } {
  const clock = heldClock();
  let looks = 0;
  const after: HeldClock["after"] = (delayMs, call, options) => {
    looks += 1;
    const cancel = clock.after(delayMs, call, options);
    setImmediate(() => clock.advance(delayMs));
    return cancel;
  };
  return { clock: { ...clock, after }, looks: () => looks };
}

describe("reaching the owner of a project", () => {
  it("finds nobody where there is none, or only the record of a dead one", async (t) => {
    const folder = temporaryFolder(t);
    const options = { folder, files: realFiles, clock: heldClock(), self };
    assert.deepEqual(await reachOwner(options), { ok: true, value: null });
    realFiles.writeAtomic(`${folder}/owner.json`, '{"pid":1,"since":1,"startTime":"0","socket":"/x"}');
    assert.deepEqual(await reachOwner(options), { ok: true, value: null });
  });

  it("F12 gives up after ten looks at an owner that answers nothing, and says who it is", async (t) => {
    const { folder, owner } = owned(t);
    const path = join(folder, "owner.sock");
    await listening(t, path, () => {});
    owner.announce(path);
    const { clock, looks } = movedClock();
    const reached = await reachOwner({ folder, files: realFiles, clock, self });
    assert.ok(!reached.ok);
    const [problem] = reached.problems;
    assert.equal(problem?.code, "E_LOCKED");
    assert.match(problem?.message ?? "", new RegExp(`process ${process.pid} on .* and does not answer`));
    assert.match(problem?.hint ?? "", new RegExp(`kill -9 ${process.pid}`));
    assert.ok(looks() >= 10 && looks() <= 12, `${looks()} looks`);
  });

  it("waits as long for an owner that has opened no socket yet", async (t) => {
    const { folder } = owned(t);
    const { clock, looks } = movedClock();
    const reached = await reachOwner({ folder, files: realFiles, clock, self });
    assert.ok(!reached.ok && looks() === 10);
  });

  it("F23 counts looks and not time: what was stopped together with the owner goes on together", async (t) => {
    const { folder, owner } = owned(t);
    const path = join(folder, "owner.sock");
    const clock = heldClock();
    let connections = 0;
    await listening(t, path, () => {
      connections += 1;
    });
    owner.announce(path);
    const asked = reachOwner({ folder, files: realFiles, clock, self });
    while (connections === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    let isOver = false;
    void asked.then(() => {
      isOver = true;
    });
    // Hours pass in one look, as a machine's sleep does.
    for (let look = 0; look < 5; look += 1) {
      clock.jumpWall(3_600_000);
      clock.advance(100);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    assert.equal(isOver, false);
    for (let look = 0; look < 6; look += 1) {
      clock.advance(100);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    assert.ok(!(await asked).ok);
  });
});
