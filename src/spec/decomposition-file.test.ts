// How a task is taken apart, as a file: what is taken, and where what is wrong with it stands.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fillText, readDecomposition } from "./decomposition-file.ts";

const nameTrouble = (name: string) =>
  name.includes("/") ? { message: `"${name}" is no id for a task` } : null;
const read = (text: string, name = "own") =>
  readDecomposition({ name, shown: `${name}.yaml` }, text, nameTrouble);
const against = (text: string): readonly string[] => {
  const found = read(text);
  if (found.ok) assert.fail("taken");
  return found.problems.map(({ code, message, at }) => `${at?.line}:${at?.column} ${code} ${message}`);
};

const subtask = (more: string) => `description: d\nsubtasks:\n  - { name: a, description: b, ${more} }\n`;

describe("a decomposition", () => {
  it("is a description and its subtasks; the rest may be left out", () => {
    assert.deepEqual(read("description: d\nsubtasks: [{ name: a, description: b }]\n"), {
      ok: true,
      value: {
        name: "own",
        description: "d",
        words: [],
        subtasks: [{ name: "a", title: null, description: "b", outputs: [] }],
      },
    });
  });

  for (const [text, wrong] of [
    ["", "1:1 E_REQUIRED"],
    ["description: d\n", "1:1 E_REQUIRED"],
    ["description: d\nsubtasks: []\n", "2:11 E_RANGE a task is taken apart into 1 to 50 parts, not 0"],
    [
      "name: other\ndescription: d\nsubtasks: [{ name: a, description: b }]\n",
      "1:7 E_CHOICE the decomposition is called other",
    ],
    [subtask("outpts: [x]"), "3:32 E_UNKNOWN_KEY"],
    [subtask("outputs: [../x]"), '3:42 E_ARG "../x" is no file in the folder of the task'],
    [subtask("outputs: [/etc/x]"), '3:42 E_ARG "/etc/x" is no file'],
    [subtask("title: 'of {tsk}'"), "3:39 E_CHOICE {tsk} stands for nothing here"],
    [
      "description: d\nsubtasks:\n  - { name: a, description: b }\n  - { name: A, description: b }\n",
      "4:13 E_DUPLICATE_ID A stands twice",
    ],
    [
      "description: d\nsubtasks: [{ name: a/b, description: b }]\n",
      '2:20 E_TASK_ID "a/b" is no id for a task',
    ],
    ["description: [\n", "2:1 E_YAML_SYNTAX"],
  ] as const)
    it(`${JSON.stringify(text.slice(0, 60))} is refused with its place`, () => {
      const [first = ""] = against(text);
      assert.equal(first.slice(0, wrong.length), wrong, first);
    });

  it("P11: what is filled in is data, in which nothing is filled again", () => {
    const values = { task: "{description}", description: "$& {task}" };
    assert.equal(fillText("{task}: {description} {other}", values), "{description}: $& {task} {other}");
  });
});

describe("those that come with decapod", () => {
  const folder = join(import.meta.dirname, "../../templates/decompositions");
  const parts = (name: string) => {
    const found = read(readFileSync(join(folder, `${name}.yaml`), "utf8"), name);
    if (!found.ok) assert.fail(JSON.stringify(found.problems));
    return found.value.subtasks.map((one) => one.name);
  };

  it("T3-25…T3-28: are the four, and each can be read", () => {
    const names = readdirSync(folder).map((file) => file.replace(".yaml", ""));
    assert.deepEqual(names, ["competitive-analysis", "market-research", "research", "technical-deepdive"]);
    for (const name of names) assert.ok(parts(name).length >= 3, name);
  });

  it("T3-25: research gathers, analyzes and synthesizes", () => {
    assert.deepEqual(parts("research"), ["data-gathering", "analysis", "synthesis"]);
  });
});
