// Tasks of loops taken apart, on real files.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { call, done, fresh, tasksIn, textOf, write } from "../../../test/support/loop-folder.ts";

const FOUNDING = join(import.meta.dirname, "../../../test/data/founding");

const PARENT = "semiconductor-research";

/** With the founding task in it. */
async function research(): Promise<string> {
  const folder = fresh();
  const description = "Analyze semiconductor industry AI chip market";
  await done(folder, "task", "create", PARENT, "--description", description);
  return folder;
}

const OWN = `description: ours
words: [deep dive]
subtasks:
  - { name: one, title: "First of {task}", description: "Do {description}", outputs: [a/b.md] }
  - { name: two, description: Then this }
`;

describe("task decompose", () => {
  it("T3-15, T3-23, T3-25: writes exactly the files of the founding text, and the task is running", async () => {
    const folder = await research();
    const said = await done(folder, "task", "decompose", PARENT, "--auto");
    const wanted = [
      ...readFileSync(join(FOUNDING, "main-task-decompose.sh"), "utf8").matchAll(/^# - (.*)$/gm),
    ];
    assert.equal(wanted.length, 3);
    assert.deepEqual(
      tasksIn(folder).filter((name) => name.startsWith("[pending]")),
      wanted.map(([, name]) => name).sort(),
    );
    assert.deepEqual(
      said.stdout.match(/\[.*\.md/g),
      wanted.map(([, name]) => name),
    );
    assert.match(said.stdout, /decomposed {2}semiconductor-research with research: its name says research/);
    assert.match(
      textOf(folder, `[running]_${PARENT}_task.md`),
      /pending → running: decomposed with research: data-gathering, analysis, synthesis\n$/,
    );
    assert.equal(
      (await done(folder, "task", "list", "--by-state")).stdout,
      `[pending] 3\n  ${PARENT}-data-gathering\n  ${PARENT}-analysis\n  ${PARENT}-synthesis\n[running] 1\n  ${PARENT}\n`,
    );
  });

  it("T3-24, T3-31: each part knows what it is of, what was asked, and where its outputs go", async () => {
    const folder = await research();
    await done(folder, "task", "decompose", PARENT, "--template", "research");
    const text = textOf(folder, `[pending]_${PARENT}-analysis_task.md`);
    assert.match(text, /^# semiconductor-research: analyze what was gathered\n/);
    assert.match(text, /\n\nAnalyze semiconductor industry AI chip market\n\n/);
    assert.match(text, /It is a part of `semiconductor-research`/);
    assert.match(text, /- `\.tasks\/semiconductor-research-analysis\/analysis\.md`/);
    assert.ok(readdirSync(join(folder, ".tasks")).includes(`${PARENT}-analysis`));
  });

  it("E_CONFLICT: what was taken apart, and what is done, is not taken apart again", async () => {
    const folder = await research();
    await done(folder, "task", "decompose", PARENT, "--auto");
    const before = tasksIn(folder);
    const said = await call(folder, "task", "decompose", PARENT, "--template", "market-research");
    assert.equal(said.code, 5);
    assert.match(
      said.stderr,
      /E_CONFLICT semiconductor-research was decomposed with research: data-gathering/,
    );
    await done(folder, "task", "state", PARENT, "completed");
    assert.match(
      (await call(folder, "task", "decompose", PARENT, "--auto")).stderr,
      /E_CONFLICT .*was decomposed|is completed/,
    );
    assert.equal(tasksIn(folder).length, before.length);
  });

  it("who was killed in the middle does it once more, and the parts that are there stay as they are", async () => {
    const folder = await research();
    await done(folder, "task", "decompose", PARENT, "--auto");
    // As it stood before the last part was written.
    unlinkSync(join(folder, `.tasks/[pending]_${PARENT}-synthesis_task.md`));
    const running = `.tasks/[running]_${PARENT}_task.md`;
    write(
      folder,
      `.tasks/[pending]_${PARENT}_task.md`,
      textOf(folder, running.slice(7)).replace(/\n.*decomposed.*\n$/, "\n"),
    );
    unlinkSync(join(folder, running));
    write(folder, `.tasks/[pending]_${PARENT}-analysis_task.md`, "by hand\n");
    const said = await done(folder, "task", "decompose", PARENT, "--auto", "--json");
    assert.deepEqual(
      JSON.parse(said.stdout).subtasks.map(({ isNew }: { isNew: boolean }) => isNew),
      [false, false, true],
    );
    assert.equal(textOf(folder, `[pending]_${PARENT}-analysis_task.md`), "by hand\n");
    assert.equal(tasksIn(folder).length, 4);
  });

  for (const [name, description, template] of [
    ["competitive-landscape", "", "competitive-analysis"],
    ["ev-market", "", "market-research"],
    ["x", "Look at our Competitors in this market", "competitive-analysis"],
    ["x", "A deep-dive into queues", "technical-deepdive"],
    ["technical-research", "", "technical-deepdive"],
    ["x", "", "research"],
    ["supermarkets", "", "research"],
  ] as const)
    it(`T3-25…T3-28: "${name}", "${description}" is taken apart by ${template}`, async () => {
      const folder = fresh();
      await done(folder, "task", "create", name, "--description", description);
      const said = await done(folder, "task", "decompose", name, "--auto", "--json");
      assert.equal(JSON.parse(said.stdout).template, template);
    });

  it("the project's own come first, and what is filled in is data", async () => {
    const folder = fresh({ ".claude/decompositions/ours.yaml": OWN });
    await done(folder, "task", "create", "x", "--description", "A deep dive: {task} $& {description}");
    const said = await done(folder, "task", "decompose", "x", "--auto");
    assert.match(said.stdout, /with ours: its description says deep dive/);
    const text = textOf(folder, "[pending]_x-one_task.md");
    assert.match(text, /^# First of x\n\nDo A deep dive: \{task\} \$& \{description\}\n/);
    assert.match(text, /- `\.tasks\/x-one\/a\/b\.md`/);
    assert.match(textOf(folder, "[pending]_x-two_task.md"), /^# X two\n\nThen this\n/);
  });

  it("one of the project takes the place of ours of the same name", async () => {
    const folder = fresh({ ".claude/decompositions/research.yml": OWN });
    await done(folder, "task", "create", "x");
    await done(folder, "task", "decompose", "x", "--auto");
    assert.deepEqual(tasksIn(folder).length, 3);
  });

  it("a task written by hand is taken apart too, and one of a stream stays in it", async () => {
    const folder = fresh({ ".tasks/east/[pending]_y_task.md": "Sell more.\n" });
    await done(folder, "task", "decompose", "y", "--template", "research", "--stream", "east");
    assert.equal(readdirSync(join(folder, ".tasks/east")).filter((name) => name.startsWith("[")).length, 4);
    assert.match(
      textOf(folder, "east/[pending]_y-synthesis_task.md"),
      /Sell more\.[\s\S]*synthesis running --stream east`/,
    );
  });

  it("E_OPTIONS, E_NOT_FOUND: how is said once, and by a name that there is", async () => {
    const folder = await research();
    assert.equal((await call(folder, "task", "decompose", PARENT)).code, 2);
    assert.equal(
      (await call(folder, "task", "decompose", PARENT, "--auto", "--template", "research")).code,
      2,
    );
    const wrong = await call(folder, "task", "decompose", PARENT, "--template", "reserch");
    assert.equal(wrong.code, 10);
    assert.match(wrong.stderr, /try: research/);
    assert.match(
      (await call(folder, "task", "decompose", "semiconductor", "--auto")).stderr,
      /try: semiconductor-research/,
    );
    assert.deepEqual(tasksIn(folder), [`[pending]_${PARENT}_task.md`]);
  });

  it("P11: an own one that cannot be used is told with its line, and one that is a link is not read", async () => {
    const folder = await research();
    write(
      folder,
      ".claude/decompositions/own.yaml",
      "description: d\nsubtasks:\n  - { name: ../../x, description: b }\n",
    );
    const said = await call(folder, "task", "decompose", PARENT, "--auto");
    assert.equal(said.code, 3);
    assert.match(said.stderr, /E_TASK_ID [\s\S]*--> \.claude\/decompositions\/own\.yaml:3:13/);
    write(folder, "secret.yaml", "hidden: 1\n");
    symlinkSync("../../secret.yaml", join(folder, ".claude/decompositions/link.yaml"));
    const link = await call(folder, "task", "decompose", PARENT, "--template", "link");
    assert.match(link.stderr, /E_NOT_ALLOWED \.claude\/decompositions\/link\.yaml is a link/);
    assert.deepEqual(tasksIn(folder), [`[pending]_${PARENT}_task.md`]);
  });

  it("parts whose names would be too long are refused before any is written", async () => {
    const folder = fresh();
    const name = "x".repeat(175);
    await done(folder, "task", "create", name);
    assert.match((await call(folder, "task", "decompose", name, "--auto")).stderr, /E_TASK_ID .*at most 180/);
    assert.equal(tasksIn(folder).length, 1);
  });
});
