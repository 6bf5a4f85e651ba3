// Task files (formats.md 3): what is read, what is refused and where, and the one-task workflow that comes of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { surroundings } from "../../../test/support/surroundings.ts";
import type { JsonMap } from "../../core/json.ts";
import { isMap } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { readDefinition } from "../../spec/workflow-file.ts";
import { writeYaml } from "../../spec/write-yaml.ts";
import { TaskSource, taskDefinition } from "./definition.ts";
import { readTaskFile, type TaskFile } from "./task-file.ts";
import { idTrouble, keyOfId, strayReason } from "./task-id.ts";

const FOUNDING = join(import.meta.dirname, "../../../test/data/founding");
const founding = readFileSync(join(FOUNDING, "2026-01-19-1430-hugo-build-staging.md"));

function file(front: string, body = "\n## Task Description\nDo it.\n"): string {
  return `---\n${front}---\n${body}`;
}

const plain = (more = "") => file(`task_id: a\ntask_type: coder\n${more}`);

function read(text: string | Uint8Array, name = "tasks/pending/a.md"): TaskFile {
  const found = readTaskFile(name, typeof text === "string" ? Buffer.from(text) : text);
  if (found.ok) return found.value;
  throw new Error(found.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
}

function problems(text: string | Uint8Array, name = "tasks/pending/a.md"): readonly Problem[] {
  const found = readTaskFile(name, typeof text === "string" ? Buffer.from(text) : text);
  return found.ok ? [] : found.problems;
}

/** `E_CODE line:column` of each. */
function said(text: string | Uint8Array, name?: string): readonly string[] {
  return problems(text, name).map(({ code, at }) => `${code} ${at?.line}:${at?.column}`);
}

function checked(task: TaskFile) {
  const around = surroundings();
  const definition = taskDefinition(task, around.roles.has(task.type));
  return readDefinition(definition, new TaskSource(task), around);
}

describe("a task file", () => {
  it("T0-22…T0-27: the founding one is read as it is, and becomes a workflow of one task", () => {
    const task = read(founding, "tasks/pending/2026-01-19-1430-hugo-build-staging.md");
    assert.equal(task.id, "2026-01-19-1430-hugo-build-staging");
    assert.equal(task.createdBy, "claude-code");
    assert.deepEqual(task.expectedOutputs, ["build_success", "file_count", "errors"]);
    assert.equal(task.params.minify, true);
    const made = checked(task);
    assert.ok(made.ok);
    const [only] = made.value.workflow.tasks;
    assert.equal(made.value.workflow.name, task.id);
    assert.equal(only?.agent, "hugo-build");
    assert.equal(made.value.workflow.size, 1);
  });

  it("gives a role its body and params, and a worker its params alone", () => {
    const text = plain("params: { branch: main, files: [a.ts] }\n");
    const [asked] = (taskDefinition(read(text), true).tasks as unknown as JsonMap[]) ?? [];
    assert.deepEqual(asked?.parameters, {
      task: "## Task Description\nDo it.\n\n## Params\n\n```yaml\nbranch: main\n```\n",
      files: ["a.ts"],
    });
    const [worker] = taskDefinition(read(text), false).tasks as unknown as JsonMap[];
    assert.deepEqual(worker?.parameters, { branch: "main", files: ["a.ts"] });
  });

  it("may name a whole workflow, whose params are its own", () => {
    const task = read(plain("workflow: publish\nparams: { environment: dev }\n"));
    const [only] = taskDefinition(task, true).tasks as unknown as JsonMap[];
    assert.equal(only?.agent, "workflow");
    assert.deepEqual(only?.parameters, { name: "publish", params: { environment: "dev" } });
    const byPath = read(plain("workflow: flows/x.yaml\n"));
    const [called] = taskDefinition(byPath, true).tasks as unknown as JsonMap[];
    assert.deepEqual(called?.parameters, { path: "flows/x.yaml", params: {} });
  });

  it("hands over criteria, approval, retry, timeout and priority", () => {
    const made = checked(
      read(
        plain(
          "expected_outputs: [ok]\nsuccess_criteria: ['ok: true', 'count > 100']\nretry: { max_attempts: 3 }\ntimeout: 2h\npriority: 5\napproval: { mode: ask }\n",
        ),
      ),
    );
    assert.ok(made.ok);
    const definition = JSON.parse(made.value.definition) as JsonMap;
    const [only] = definition.tasks as unknown as JsonMap[];
    assert.deepEqual(only?.success_criteria, ["ok: true", "count > 100"]);
    assert.deepEqual(only?.retry, { max_attempts: 3 });
    assert.equal(only?.priority, 5);
    assert.deepEqual(definition.settings, { timeout: "365d" });
  });

  it("is data: an expression in it is text, and no name of it is looked up", () => {
    const task = read(file("task_id: a\ntask_type: coder\n", "Say ${secrets.KEY} and $${x}.\n"));
    const made = checked(task);
    assert.ok(made.ok, JSON.stringify(made));
    const [only] = taskDefinition(task, true).tasks as unknown as JsonMap[];
    assert.equal((only?.parameters as JsonMap | undefined)?.task, "Say $${secrets.KEY} and $$${x}.");
  });

  it("is data in its approval too: texts stay as they are, and what would be evaluated is refused", () => {
    const approval =
      'message: "Go ${run.id}?", show: "${x}", phrase: "GO ${x}", approvers: ["${x}"], fields: { a: { description: "${x}" } }, ' +
      'significant: { paths: ["${x}"], changed: "${x}" }';
    const made = checked(read(plain(`approval: { ${approval} }\nretry: { on: ["\${x}"] }\n`)));
    assert.ok(made.ok, JSON.stringify(made));
    const [only] = made.value.workflow.tasks;
    const literal = (value: unknown) => ({ kind: "literal", value });
    assert.deepEqual(only?.approval?.message, literal("Go ${run.id}?"));
    assert.deepEqual(only?.approval?.show, literal("${x}"));
    assert.deepEqual(only?.approval?.approvers, literal(["${x}"]));
    assert.deepEqual(
      [only?.approval?.phrase, only?.approval?.fields],
      ["GO ${x}", { a: { description: "${x}" } }],
    );
    assert.deepEqual(only?.approval?.measure?.changed, literal("${x}"));
    for (const field of [
      'timeout: "${run.attempt}"',
      'retry: { max_attempts: "${1 + 1}" }',
      'retry: { delay: "${1}", max_delay: 3 }',
      'approval: { expires: "${run.attempt}" }',
      'approval: { mode: conditional, when: "${run.attempt == 1}" }',
      'approval: { mode: conditional, when: "run.attempt == 1" }',
    ])
      assert.match(said(plain(`${field}\n`)).join(), /^E_FIELD_CONTEXT 4:\d+$/, field);
    assert.deepEqual(said(plain("approval: { mode: conditional, when: true }\n")), []);
  });

  it("an agent that does not exist is told at its place, as is a wrong key of what a task has too", () => {
    const made = checked(read(plain("retry: { max_attempts: 3 }\n").replace("coder", "codre")));
    assert.ok(!made.ok);
    assert.deepEqual(
      made.problems.map(({ code, at, hint }) => [code, at?.line, at?.column, hint]),
      [["E_UNKNOWN_AGENT", 3, 12, "coder"]],
    );
    assert.deepEqual(said(plain("retry: { max_attempt: 3 }\n")), ["E_UNKNOWN_KEY 4:10"]);
  });

  it("unknown keys, wrong types and missing keys come all at once, with the nearest right name", () => {
    const text = file("task_typ: coder\nparms: {}\npriority: high\nexpected_outputs: 3\n");
    assert.deepEqual(said(text), [
      "E_UNKNOWN_KEY 2:1",
      "E_REQUIRED 2:1",
      "E_UNKNOWN_KEY 3:1",
      "E_TYPE 4:11",
      "E_TYPE 5:19",
    ]);
    assert.deepEqual(
      problems(text).flatMap(({ hint }) => hint ?? []),
      ["task_type", "add task_id: …", "params", 'write it in quotes: "3"'],
    );
  });

  it("x- keys are passed over, also below params, but not in the data of one", () => {
    const task = read(plain("x-note: me\nparams: { x-y: 1, agent: group, a: { x-z: 1 } }\n"));
    assert.deepEqual(JSON.parse(JSON.stringify(task.params)), { agent: "group", a: { "x-z": 1 } });
  });

  it("a built-in agent is no type of task: text of a file never becomes a script", () => {
    const [problem] = problems(plain().replace("coder", "shell"));
    assert.equal(problem?.code, "E_CHOICE");
    assert.match(problem?.message ?? "", /shell is neither/);
  });

  it("P1: an id that leads elsewhere is refused with its place", () => {
    const text = plain().replace("task_id: a", "task_id: ../../../../home/u/.ssh/authorized_keys");
    assert.deepEqual(said(text), ["E_TASK_ID 2:10"]);
  });

  const SPECIAL = [
    ".",
    "..",
    "",
    "CON",
    "con.x",
    "a/b",
    "a\\b",
    "-rf",
    "x".repeat(300),
    ".git",
    "%2e%2e",
    "a b",
    "a..b",
    "a.",
    "a.md",
    "a.Md",
  ];
  for (const id of SPECIAL) {
    it(`P2: ${JSON.stringify(id.slice(0, 20))} is no id`, () => {
      assert.equal(idTrouble(id)?.code, "E_TASK_ID");
      const found = said(plain().replace("task_id: a", `task_id: ${JSON.stringify(id)}`));
      assert.deepEqual(found, [`E_TASK_ID 2:${id === "" || id.includes("\\") ? 10 : 11}`]);
    });
  }

  it("P2: an id with a NUL or a newline is refused", () => {
    for (const id of ["a\0b", "a\nb"]) {
      const found = said(plain().replace("task_id: a", `task_id: ${JSON.stringify(id)}`));
      assert.deepEqual(found, ["E_ENCODING 2:10"]);
    }
  });

  it("the file's name is its id", () => {
    assert.deepEqual(said(plain(), "tasks/pending/b.md"), ["E_TASK_ID 2:10"]);
    assert.equal(problems(plain(), "tasks/pending/b.md")[0]?.hint, "call it a.md");
  });

  it("P3: ids that a file system may take for one have one key", () => {
    assert.equal(keyOfId("Build"), keyOfId("build"));
    assert.equal(keyOfId("\u00e9t\u00e9"), keyOfId("e\u0301te\u0301"));
    assert.notEqual(keyOfId("build"), keyOfId("build2"));
  });

  it("P7: a file or front matter above its limit is refused", () => {
    const long = (bytes: number) => `x-long: ${"x".repeat(bytes)}\n`;
    assert.deepEqual(said(plain(long(256 * 1024))), ["E_TOO_LARGE 1:1"]);
    assert.deepEqual(said(plain(long(200 * 1024))), []);
    assert.deepEqual(said(Buffer.alloc(2 * 1024 * 1024 + 1, 0x20)), ["E_TOO_LARGE 1:1"]);
    const body = Buffer.from(plain());
    assert.deepEqual(said(Buffer.concat([body, Buffer.alloc(2 * 1024 * 1024 - body.length, 0x20)])), []);
  });

  it("P8: UTF-8 alone, with or without a byte order mark, and no NUL", () => {
    assert.deepEqual(said(`\ufeff${plain()}`), []);
    assert.deepEqual(said(Buffer.from(plain(), "utf16le")), ["E_ENCODING 1:2"]);
    assert.deepEqual(said(Buffer.from(plain("created_by: M\u00fcller\n"), "latin1")), ["E_ENCODING 4:14"]);
    assert.deepEqual(said(Buffer.concat([Buffer.from(plain()), Buffer.from([0xc0, 0xaf])])), [
      "E_ENCODING 8:1",
    ]);
    assert.deepEqual(said(plain().replace("Do", "D\0o")), ["E_ENCODING 7:2"]);
  });

  it("P8: what turns the direction of an id is refused where it stands", () => {
    assert.deepEqual(said(plain().replace("task_id: a", "task_id: a\u202eb")), ["E_ENCODING 2:11"]);
  });

  const FRONTS: readonly (readonly [name: string, text: string, place: string])[] = [
    ["none", "## Task\n", "1:1"],
    ["an empty file", "", "1:1"],
    ["TOML", "+++\ntask_id = 'a'\n+++\n", "1:1"],
    ["blanks behind the first line", plain().replace("---", "--- "), "1:1"],
    ["blanks behind the last line", plain().replace("coder\n---", "coder\n--- "), "4:1"],
    ["an empty line first", `\n${plain()}`, "1:1"],
    ["no end", "---\ntask_id: a\n", "1:1"],
    ["a second block", file("task_id: a\ntask_type: coder\n", "\n---\ntask_type: deploy\n---\n"), "6:1"],
    ["an empty block", "---\n---\n", "1:1"],
    ["a list", "---\n- a\n---\n", "2:1"],
  ];
  for (const [name, text, place] of FRONTS) {
    it(`P9: front matter in another form: ${name}`, () => {
      assert.deepEqual(said(text), [`E_FRONT_MATTER ${place}`]);
    });
  }

  it("P9: what the strict reader of YAML refuses is refused here, at its place in the file", () => {
    assert.deepEqual(said(plain("params: { a: &x 1, b: *x }\n")), ["E_YAML_ALIAS 4:17", "E_YAML_ALIAS 4:23"]);
    assert.deepEqual(said(plain("task_type: deploy\n")), ["E_YAML_DUPLICATE 4:1"]);
    const [problem] = problems(plain("params: !!set {}\n"));
    assert.equal(problem?.code, "E_YAML_TAG");
    assert.doesNotMatch(problem?.message ?? "", /workflow/);
  });

  it("P9: a line of --- further down is a line of the text", () => {
    assert.equal(
      read(file("task_id: a\ntask_type: coder\n", "one\n\n---\n\ntwo\n")).body,
      "one\n\n---\n\ntwo\n",
    );
  });

  it("reads back what is written with the same library", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ unit: "grapheme" }),
        (params, body) => {
          fc.pre(
            !Object.keys(params).some((key) => ["__proto__", "constructor", "prototype", "<<"].includes(key)),
          );
          // Notes, which are for people.
          fc.pre(!Object.keys(params).some((key) => key.startsWith("x-")));
          // A merge key is refused wherever it stands.
          fc.pre(!JSON.stringify(params).includes('"<<"'));
          fc.pre(!/^\s*(?:---|\+\+\+)/.test(body));
          const written = file(
            writeYaml({ task_id: "a", task_type: "coder", params: params as JsonMap }),
            body,
          );
          const found = readTaskFile("a.md", Buffer.from(written));
          if (!found.ok) {
            const codes = new Set(found.problems.map(({ code }) => code));
            const isRefused = ["E_ENCODING", "E_RESERVED_NAME", "E_RANGE", "E_TYPE"].some((code) =>
              codes.has(code),
            );
            assert.ok(isRefused, JSON.stringify(found.problems));
            return;
          }
          assert.equal(found.value.body, body);
          assert.ok(isMap(found.value.params));
          assert.deepEqual(
            JSON.parse(JSON.stringify(found.value.params)),
            JSON.parse(JSON.stringify(params)),
          );
        },
      ),
    );
  });

  it("F37: whatever is cut off, it is read or refused, and never thrown", () => {
    for (let length = 0; length <= founding.length; length += 1) {
      const found = readTaskFile("2026-01-19-1430-hugo-build-staging.md", founding.subarray(0, length));
      if (!found.ok) assert.ok(found.problems.length > 0);
    }
  });
});

describe("files in the folders that are no tasks", () => {
  it("F43: copies, files that are not there yet and what editors leave are passed over with a reason", () => {
    for (const name of [
      "x (1).md",
      "x (Mo's conflicted copy 2026-01-19).md",
      "x.sync-conflict-20260119-120000-ABC.md",
      "x.md~",
      "x.md.swp",
      "x.md.part",
      "x.txt",
    ])
      assert.equal(typeof strayReason(name)?.reason, "string", name);
    assert.equal(typeof strayReason(".x.md.icloud")?.reason, "string");
  });

  it("F43: dot files and a README are passed over without a word; a task is not", () => {
    for (const name of [".gitkeep", ".x.md.123.tmp", "README.md"])
      assert.deepEqual(strayReason(name), { reason: null });
    assert.equal(strayReason("2026-01-19-1430-hugo-build-staging.md"), null);
    assert.equal(strayReason("resolve-conflicts-in-docs.md"), null);
  });
});
