import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";
import { sharedGroupProblems } from "../../src/spec/shared-groups.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { goodWorkflow, surroundings } from "../support/surroundings.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "decapod-groups-")));
const folder = join(root, ".claude", "workflows");
mkdirSync(folder, { recursive: true });
after(() => rmSync(root, { recursive: true, force: true }));

const using = (concurrency: string, settings = "") =>
  `name: x\n${settings}tasks:\n  - {id: a, agent: shell, parameters: {run: ls}, concurrency: ${concurrency}}\n`;

/** What stands beside the file in the project's folder; `read`: the files that were read for it. */
function beside(text: string, others: Readonly<Record<string, string>>) {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  for (const [name, other] of Object.entries({ ...others, "own.yaml": text }))
    writeFileSync(join(folder, name), other);
  const read: string[] = [];
  const problems = sharedGroupProblems(goodWorkflow(text).workflow, {
    project: { root, settings: NO_SETTINGS, file: null },
    files: realFiles,
    path: join(folder, "own.yaml"),
    shown: "own.yaml",
    text,
    read: ({ name, path, shown }) => {
      read.push(name);
      return readWorkflow(shown, realFiles.readBytes(path), surroundings());
    },
  });
  return { read, problems };
}

describe("concurrency groups of several files (formats.md 1.8)", () => {
  it("refuses another limit than another file gives, and says where both stand", () => {
    const { problems } = beside(using("{group: db}"), { "other.yaml": using("{group: db, limit: 2}") });
    assert.deepEqual(problems, [
      {
        code: "E_GROUP_LIMIT",
        message: "group db has the limit 1 here and 2 in .claude/workflows/other.yaml, task a",
        hint: "give every user of a group the same limit",
        at: { file: "own.yaml", line: 3, column: 10, length: 1 },
      },
    ]);
  });
  it("compares groups of whole runs too, and keeps them apart from those of tasks", () => {
    const settings = (limit: number) => `settings: {concurrency: {group: db, limit: ${limit}}}\n`;
    const own = using("{group: db}", settings(2));
    assert.deepEqual(beside(own, { "other.yaml": using("{group: db}", settings(2)) }).problems, []);
    const [problem, ...rest] = beside(own, { "other.yaml": using("{group: db}", settings(3)) }).problems;
    assert.equal(problem?.message, "group db has the limit 2 here and 3 in .claude/workflows/other.yaml");
    assert.deepEqual([problem?.at, rest], [undefined, []]);
  });
  it("looks into bodies", () => {
    const inside = "{id: b, agent: shell, parameters: {run: ls}, concurrency: {group: db, limit: 4}}";
    const other = `name: y\ntasks:\n  - {id: g, agent: group, parameters: {tasks: [${inside}]}}\n`;
    assert.equal(beside(using("{group: db}"), { "other.yaml": other }).problems.length, 1);
  });
  it("leaves alone what agrees, what an expression gives, and what cannot be read", () => {
    const others = {
      "same.yaml": using("{group: db, limit: 2}"),
      "late.yaml": using("{group: db, limit: '${1 + 0}'}"),
      "later.yaml": using("{group: 'db-${run.name}', limit: 9}"),
      "wrong.yaml": "tasks: [db",
    };
    assert.deepEqual(beside(using("{group: db, limit: 2}"), others).problems, []);
    assert.deepEqual(beside(using("{group: 'db${run.name}', limit: 2}"), others).problems, []);
  });
  it("reads no other file for a workflow without groups, and only those that name one of them", () => {
    const others = { "one.yaml": using("{group: db}"), "two.yaml": using("{group: net}") };
    const plain = "name: x\ntasks: [{id: a, agent: shell, parameters: {run: ls}}]\n";
    assert.deepEqual(beside(plain, others).read, []);
    assert.deepEqual(beside(using("{group: db}"), others).read, ["one"]);
  });
});
