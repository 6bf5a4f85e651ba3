/** What the cache spares, by what really ran: each script writes a line when it does its work. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { freshFolder } from "./decapod.ts";

const PAGES = `name: pages
params: { pages: { type: array, default: [a, b] } }
tasks:
  - id: write
    agent: shell
    foreach: { items: "\${pages}", as: page, key: "\${page}" }
    cache: { files: ["src/**"], paths: [out/] }
    env: { PAGE: "\${page}" }
    parameters: { run: "echo $PAGE >> made; mkdir -p out; echo $PAGE > out/$PAGE; echo page $PAGE" }
outputs: { all: "\${write.output}" }
`;

const JUDGED = `name: judged
tasks:
  - id: judged
    agent: shell
    cache: { key: k }
    retry: { max_attempts: 2 }
    expected_outputs: [size]
    success_criteria: ["size == 2"]
    parameters: { run: "echo x >> made; echo size=$(wc -l < made) > $DECAPOD_OUTPUT" }
`;

/** Copies what it read only once it is told to. */
const SLOW = `name: slow
tasks:
  - id: copy
    agent: shell
    cache: { files: [in.txt] }
    parameters: { run: "cat in.txt; echo >> began; until [ -e go ] || [ ! -d .claude ]; do sleep 0.05; done" }
outputs: { text: "\${copy.output}" }
`;

/** The same of two at once. */
const BOTH = SLOW.replace("name: slow", "name: both").replace(
  "    cache:",
  "    foreach: { items: [a, b] }\n    cache:",
);

describe("A18: the cache (formats.md 1.4, 1.9)", () => {
  it("of a foreach is found whole or not at all, with what it had written", async () => {
    const folder = freshFolder({ pages: PAGES });
    const made = () => readFileSync(join(folder.path, "made"), "utf8").split("\n").filter(Boolean).sort();
    const run = async (...words: readonly string[]) => {
      const { code, stdout } = await folder.run("run", "pages", "--json", ...words);
      assert.equal(code, 0);
      return JSON.parse(stdout).run;
    };
    folder.write("src/a.md", "a");
    await run();
    assert.deepEqual(made(), ["a", "b"]);
    rmSync(join(folder.path, "out"), { recursive: true });
    const again = await run();
    assert.deepEqual(made(), ["a", "b"]);
    assert.deepEqual(again.outputs, { all: ["page a", "page b"] });
    assert.equal(readFileSync(join(folder.path, "out/b"), "utf8"), "b\n");
    for (const { id, cached, attempts } of again.tasks) assert.deepEqual([cached, attempts], [true, 0], id);
    assert.match((await folder.run("run", "pages")).stderr, /write success cached/);
    await run("--var", 'pages=["a","b","c"]');
    assert.deepEqual(made(), ["a", "a", "b", "b", "c"]);
    writeFileSync(join(folder.path, "src/a.md"), "changed");
    await run();
    assert.deepEqual(made(), ["a", "a", "a", "b", "b", "b", "c"]);
    assert.equal((await folder.run("db", "check")).code, 0);
  });

  for (const [name, text] of [
    ["slow", (read: string) => read],
    ["both", (read: string) => [read, read]],
  ] as const)
    it(`${name}: what was read is found again, never what lay there when the work was done`, async () => {
      const folder = freshFolder({ slow: SLOW, both: BOTH });
      const began = () => readFileSync(join(folder.path, "began"), "utf8").length;
      folder.write("in.txt", "four");
      const running = folder.start("run", name);
      await folder.has("began");
      await until(() => began() === [text("four")].flat().length, "all have read");
      folder.write("in.txt", "five");
      folder.write("go", "");
      assert.equal((await running.ended).code, 0, running.stderr());
      for (const cached of [false, true]) {
        const { run } = JSON.parse((await folder.run("run", name, "--json")).stdout);
        assert.deepEqual([run.outputs, run.tasks[0].cached], [{ text: text("five") }, cached]);
      }
    });

  it("holds nothing that failed its criteria, so that the next try is a try", async () => {
    const folder = freshFolder({ judged: JUDGED });
    assert.equal((await folder.run("run", "judged")).code, 0);
    assert.equal(readFileSync(join(folder.path, "made"), "utf8"), "x\nx\n");
  });
});
