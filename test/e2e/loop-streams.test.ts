/** Loops side by side: what one invocation did in another stream is put back, and what others did there is theirs. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { cursor, loopPlace } from "./loop-place.ts";

describe("loops of several streams", { concurrency: 2 }, () => {
  it("what a person wrote into the MAIN_TASK of another stream before the loop began stays", async (t) => {
    const place = loopPlace(t, 'hand completed "All done"');
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    await place.run("main-task", "update", "continue", "Execute the other", "--stream", "other");
    place.write(".tasks/other/MAIN_TASK", cursor("continue", "Look at the other side"));
    const { code, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 0, stderr);
    assert.equal(place.read(".tasks/other/MAIN_TASK"), cursor("continue", "Look at the other side"));
    const log = await place.run("main-task", "log", "--stream", "other");
    assert.match(log.stdout, /2 .* Look at the other side {2}· written into the file/);
  });

  it("two loops whose engine is killed go on, and neither is blamed for the MAIN_TASK of the other", async (t) => {
    const place = loopPlace(
      t,
      `touch BASE/waits$N; while [ ! -e BASE/go ]; do sleep 0.05; done
printf 'STATUS: completed\\nNEXT: All done\\n' > .tasks/$MAIN_TASK_STREAM/MAIN_TASK; touch BASE/wrote-$MAIN_TASK_STREAM
if [ $MAIN_TASK_STREAM = west ]; then while [ ! -e BASE/end ]; do sleep 0.05; done; fi`,
    );
    for (const stream of ["east", "west"])
      place.write(`.tasks/${stream}/MAIN_TASK`, cursor("continue", "Execute it"));
    const loop = (stream: string) => place.start("loop", "--agent", "worker", "--stream", stream);
    const east = loop("east");
    await until(() => existsSync(join(place.base, "waits1")), "the invocation in the east");
    const west = loop("west");
    await until(() => existsSync(join(place.base, "waits2")), "the invocation in the west");
    east.child.kill("SIGKILL");
    await Promise.all([east.ended, west.ended]);
    place.write("../go", "");
    await until(() => existsSync(join(place.base, "wrote-west")), "the MAIN_TASK of the west");
    const first = await place.run("loop", "--stream", "east");
    assert.equal(first.code, 0, first.stderr);
    place.write("../end", "");
    const second = await place.run("loop", "--stream", "west");
    assert.equal(second.code, 0, second.stderr);
    assert.equal(place.read(".tasks/west/MAIN_TASK"), cursor("completed", "All done"));
    assert.equal(place.invocations(), 2);
  });

  it("of loops of one stream that begin at once one works, and the others see what it did", async (t) => {
    const place = loopPlace(
      t,
      'touch BASE/waits; while [ ! -e BASE/go ]; do sleep 0.05; done; hand completed "All done"',
    );
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const loops = [1, 2, 3].map(() => place.start("loop", "--agent", "worker", "--json"));
    await until(() => existsSync(join(place.base, "waits")), "an invocation");
    place.write("../go", "");
    const ended = await Promise.all(loops.map((one) => one.ended));
    for (const { code, stdout, stderr } of ended) {
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).loop.stopped, "completed");
    }
    assert.equal(place.invocations(), 1);
  });

  it("P11: an agent that moves another MAIN_TASK by the command ends the loop with exit 3, and it is put back", async (t) => {
    const move = "MAIN_TASK_REVISION= decapod main-task update continue --stream other";
    const place = loopPlace(t, `${move} "Mine now"; ${move} "Mine again"; hand continue "Go on"`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    await place.run("main-task", "update", "continue", "Execute the other", "--stream", "other");
    const { code, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 3, stderr);
    assert.equal(place.read(".tasks/other/MAIN_TASK"), cursor("continue", "Execute the other"));
  });
});
