/** A run that nobody took up, beside an owner that works on others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freshFolder } from "./decapod.ts";

const WAITS = `name: waits
params: { who: { default: one } }
tasks:
  - { id: only, agent: shell, env: { WHO: "\${who}" }, parameters: { run: 'until [ -e "go-$WHO" ] || [ ! -d .claude ]; do sleep 0.1; done' } }
`;

describe("F6 a run that is left open beside an owner of others", () => {
  it("is interrupted for everybody who looks, with the command that goes on with it", async () => {
    const folder = freshFolder({ waits: WAITS });
    const dead = folder.start("run", "waits", "-v");
    await dead.says("only running");
    dead.child.kill("SIGKILL");
    await dead.ended;
    const owner = folder.start("run", "waits", "-v", "-i", "who=two");
    await owner.says("only running");

    const { runs } = JSON.parse((await folder.run("status", "--json")).stdout);
    const [left, other] = runs as readonly { readonly id: string; readonly next: string }[];
    const name = `r-${left?.id.slice(-4)}`;
    assert.deepEqual([left?.next, other?.next], [`decapod resume ${name}`, "only"]);
    assert.match((await folder.run("status")).stdout, new RegExp(`^${name}\twaits\t◌ interrupted\t`, "m"));
    const found = await folder.run("runs", "--state", "interrupted", "--json=id");
    assert.deepEqual(JSON.parse(found.stdout).runs, [{ id: left?.id }]);
    assert.match((await folder.run("show", name)).stdout, /^state\t◌ interrupted/m);
    const health = await folder.run("health");
    assert.match(
      health.stdout,
      /✗ runs +1 run interrupted: no process goes on with it\n +try: decapod resume/,
    );
    const logs = await folder.run("logs", name, "-f");
    assert.equal(logs.code, 8, logs.stderr);
    assert.match(
      logs.stderr,
      new RegExp(`nobody works on run ${name} any more; go on: decapod resume ${name}`),
    );

    folder.write("go-two", "");
    assert.equal((await owner.ended).code, 0);
    folder.write("go-one", "");
    assert.equal((await folder.run("resume")).code, 0);
  });
});
