/** The pages say what the code does: examples are run, lists are complete, links lead somewhere. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { COMMANDS, GLOBAL_OPTIONS } from "../src/cli/registry.ts";
import { CODES } from "../src/core/codes.ts";
import { judge, parseCriterion } from "../src/core/criteria.ts";
import { evaluate, parseExpression } from "../src/core/expression/expression.ts";
import { FUNCTION_NAMES } from "../src/core/expression/functions.ts";
import { equal, type Json, type JsonMap, own } from "../src/core/json.ts";
import { FAILURE_CLASSES } from "../src/core/outcome.ts";
import { EXIT } from "../src/core/problem.ts";
import { SKIP_REASONS, TASK_STATUSES, WAIT_REASONS } from "../src/core/run.ts";
import { difference } from "../src/driver/content/diff.ts";
import { editText } from "../src/driver/content/edit-text.ts";
import { OPERATIONS } from "../src/driver/content/edits.ts";
import { DEFAULT_ROOTS, readOrder } from "../src/driver/content/orders.ts";
import { filledTemplate } from "../src/driver/content/template.ts";
import { readScript } from "../src/driver/rehearsal-file.ts";
import { readProjectFile } from "../src/spec/project-file.ts";
import { KEYS } from "../src/spec/schema-words.ts";
import { readUserFile } from "../src/spec/user-file.ts";
import { problemsOf } from "./support/surroundings.ts";

const root = join(import.meta.dirname, "..");
const page = (name: string) => readFileSync(join(root, name), "utf8");

interface Block {
  readonly file: string;
  readonly line: number;
  /** The words behind the fence: language, then what is to be done with it. */
  readonly kind: string;
  readonly text: string;
}

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
if (existsSync(join(root, "examples/README.md"))) pages.push("examples/README.md");
const blocks = pages.flatMap((file) => blocksOf(file, page(file)));

function blocksOf(file: string, text: string): readonly Block[] {
  const found = text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm);
  return [...found].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length,
    kind: (match[1] ?? "").trim(),
    text: match[2] ?? "",
  }));
}

function blocksLike(kind: string): readonly Block[] {
  const found = blocks.filter((block) => block.kind === kind);
  assert.ok(found.length > 0, `no block is marked "${kind}"`);
  return found;
}

/** The examples of a block: `expression => value`. */
function examplesOf({ text }: Block): readonly (readonly [string, string])[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.lastIndexOf("=>");
      assert.ok(at > 0, `no => in: ${line}`);
      return [line.slice(0, at).trim(), line.slice(at + 2).trim()] as const;
    });
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("examples on the pages", () => {
  for (const block of blocksLike("yaml complete")) {
    it(`${block.file}:${block.line} is a valid workflow`, () => {
      assert.deepEqual(problemsOf(block.text), []);
    });
  }

  for (const block of blocksLike("yaml rehearsal")) {
    it(`${block.file}:${block.line} is a rehearsal file`, () => {
      const read = readScript("x.yaml", block.text, null);
      assert.ok(read.ok, JSON.stringify(read));
    });
  }

  for (const block of blocksLike("yaml config")) {
    it(`${block.file}:${block.line} is a configuration that can be read`, () => {
      const read = readUserFile("config.yaml", block.text);
      assert.ok(read.ok, JSON.stringify(read));
      for (const key of KEYS.get("claude-code") ?? []) assert.ok(block.text.includes(`${key}:`), key);
    });
  }

  it("edits of content change the page as it is shown below them", () => {
    const [start] = blocksLike("markdown page");
    const shown = blocksLike("diff edited");
    for (const [at, { file, line, text }] of blocksLike("yaml edit").entries()) {
      const order = readOrder({ path: "content/a.md", ...parse(text) }, DEFAULT_ROOTS, false);
      assert.ok(order.ok, JSON.stringify(order));
      const made = editText(start?.text ?? "", order.value.files[0]?.edits ?? []);
      assert.ok(made.ok, JSON.stringify(made));
      const lines = difference("a.md", start?.text ?? "", made.value)
        .diff.split("\n")
        .slice(2);
      const changed = lines.filter((one) => /^[-+]/.test(one));
      assert.equal(`${changed.join("\n")}\n`, shown[at]?.text, `${file}:${line}`);
    }
    for (const operation of OPERATIONS)
      assert.ok(page("docs/content-edit.md").includes(`**\`${operation}`), operation);
  });

  it("a template of content is filled as it is shown below it", () => {
    const filled = filledTemplate(
      blocksLike("markdown template")[0]?.text ?? "",
      { title: "About: us", weight: 3 },
      "page",
    );
    assert.ok(filled.ok, JSON.stringify(filled));
    const made = editText(filled.value, [{ op: "set", key: "draft", value: true }]);
    assert.deepEqual(made, { ok: true, value: blocksLike("markdown filled")[0]?.text });
  });

  it("decapod.yaml has the keys that its table lists", () => {
    const rows = tableKeys(section(page("docs/workflow-file.md"), "## decapod.yaml"));
    for (const key of KEYS.get("decapod.yaml") ?? []) assert.ok(rows.has(key), key);
    for (const block of blocksLike("yaml project"))
      assert.deepEqual(readProjectFile("decapod.yaml", block.text).ok, true, block.text);
  });

  it("expressions give what stands behind =>", () => {
    const names = JSON.parse(blocksLike("json names")[0]?.text ?? "{}") as JsonMap;
    const scope = { get: (name: string) => own(names, name), sha256 };
    const wrong: string[] = [];
    for (const block of blocksLike("text checked")) {
      for (const [source, wanted] of examplesOf(block)) {
        const found = resultOf(source, scope);
        const isRight = typeof found === "string" ? found === wanted : equal(found.value, JSON.parse(wanted));
        if (!isRight) wrong.push(`${block.file}: ${source} => ${JSON.stringify(found)}, not ${wanted}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("criteria give what stands behind =>", () => {
    const text = page("docs/expressions.md");
    const output = JSON.parse(/With the output `(\{.*\})`:/.exec(text)?.[1] ?? "null") as Json;
    const judged = { output, durationSeconds: 1, exitCode: 0, attempts: 1, costUsd: null };
    for (const block of blocksLike("text criteria")) {
      for (const [source, wanted] of examplesOf(block)) {
        const parsed = parseCriterion(source);
        assert.ok(parsed.ok, source);
        const [check] = judge([parsed.criterion], judged, { get: () => undefined, sha256 });
        assert.equal(String(check?.passed), wanted, `${source}: ${JSON.stringify(check)}`);
      }
    }
  });
});

/** A value, or the code of the problem. */
function resultOf(source: string, scope: Parameters<typeof evaluate>[1]): { readonly value: Json } | string {
  const parsed = parseExpression(source);
  if (!parsed.ok) return parsed.problem.code;
  const read = evaluate(parsed.expression, scope);
  return read.ok ? { value: read.value } : read.problem.code;
}

describe("lists on the pages are complete", () => {
  it("docs/problems.md explains every code under its exit code", () => {
    const text = page("docs/problems.md");
    for (const [code, exit] of Object.entries(CODES)) {
      const heading = exit === EXIT.done ? "## Warnings" : `## Exit ${exit}:`;
      assert.ok(tableKeys(section(text, heading)).has(code), `${code} stands under "${heading}"`);
    }
    const listed = text.match(/^\| `([EW]_[A-Z_]+)` \|/gm) ?? [];
    const known = listed.map((row) => row.slice(3).replace(/`.*/, ""));
    assert.deepEqual(
      known.filter((code) => !(code in CODES)),
      [],
      "codes that do not exist",
    );
  });

  it("docs/exit-codes.md lists every exit code", () => {
    const listed = tableKeys(page("docs/exit-codes.md"));
    for (const exit of Object.values(EXIT)) assert.ok(listed.has(String(exit)), `exit code ${exit}`);
  });

  it("docs/commands.md has every command and option", () => {
    const text = page("docs/commands.md");
    for (const { flags } of GLOBAL_OPTIONS) assert.ok(text.includes(`\`${flags}\``), flags);
    const shown = COMMANDS.filter(({ isHidden }) => isHidden !== true);
    const headingOf = ({ name, words }: { name: string; words: string }) => `## ${name} ${words}`.trimEnd();
    for (const command of shown) {
      const part = section(text, `${headingOf(command)}\n`);
      for (const { flags } of command.options)
        assert.ok(part.includes(`\`${flags}\``), `${command.name} ${flags}`);
    }
    const headings = text.split("\n").filter((line) => /^## [a-z]/.test(line));
    assert.deepEqual(headings, shown.map(headingOf));
  });

  it("docs/templates.md has every template", () => {
    const listed = [...page("docs/templates.md").matchAll(/\(\.\.\/templates\/([\w-]+)\.yaml\)/g)];
    const names = readdirSync(join(root, "templates")).filter((name) => /^[\w-]+\.yaml$/.test(name));
    assert.deepEqual(listed.map(([, name]) => `${name}.yaml`).sort(), names.sort());
  });

  it("docs/expressions.md shows every function", () => {
    const text = page("docs/expressions.md");
    assert.deepEqual(
      FUNCTION_NAMES.filter((name) => !text.includes(`fn:${name}(`)),
      [],
    );
  });

  it("docs/workflow-file.md names every field, state, reason and class", () => {
    const text = page("docs/workflow-file.md");
    const fields = [
      "a workflow",
      "a task",
      "a param",
      "settings",
      "a trigger",
      "a retry",
      "foreach",
      "repeat",
      "an approval",
      "parameters of shell",
      "parameters of wait",
      "parameters of workflow",
    ];
    const words = [
      ...fields.flatMap((name) => KEYS.get(name) ?? []),
      ...TASK_STATUSES,
      ...WAIT_REASONS,
      ...SKIP_REASONS,
      ...FAILURE_CLASSES,
    ];
    assert.deepEqual(
      words.filter((word) => !text.includes(`\`${word}\``)),
      [],
    );
  });

  it("docs/requirements.md has T0-1 to T0-62, T1-1 to T1-50, T3-1 to T3-41 and T4-1 to T4-60, and every file it names is there", () => {
    const text = page("docs/requirements.md");
    const rows = [...text.matchAll(/^\| T4-(\d+) \|/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      rows,
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    assert.deepEqual([itemsMissing("T0", 62), itemsMissing("T1", 50), itemsMissing("T3", 41)], [[], [], []]);
    const named = [...text.matchAll(/`((?:src|test|scripts|examples|docs)\/[\w./-]+)`/g)].map(
      ([, file]) => file ?? "",
    );
    assert.deepEqual(
      named.filter((file) => !existsSync(join(root, file))),
      [],
    );
  });
});

/** Rows of the founding texts stand together: `T0-11 to T0-16, T0-19`. */
function itemsMissing(founding: string, last: number): readonly number[] {
  const cells = [...page("docs/requirements.md").matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const items = cells.flatMap((cell) =>
    [...cell.matchAll(new RegExp(`\\b${founding}-(\\d+)(?: to ${founding}-(\\d+))?`, "g"))].flatMap(
      ([, from, to = from]) =>
        Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at),
    ),
  );
  return Array.from({ length: last }, (_, at) => at + 1).filter((item) => !items.includes(item));
}

describe("links", () => {
  for (const file of pages) {
    it(`${file} leads nowhere wrong`, () => {
      const text = page(file).replace(/^```[\s\S]*?^```$/gm, "");
      const wrong = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [path = "", anchor] = target.split("#");
        const full = path === "" ? join(root, file) : join(root, dirname(file), path);
        if (!existsSync(full)) return [target];
        if (anchor === undefined || !full.endsWith(".md")) return [];
        return anchorsOf(relative(root, full)).includes(anchor) ? [] : [target];
      });
      assert.deepEqual(wrong, []);
    });
  }

  it("README.md shows the two commands", () => {
    assert.match(page("README.md"), /^npm start\b/m);
    assert.match(page("README.md"), /^npm test\b/m);
  });
});

/** As GitHub makes them of headings. */
function anchorsOf(file: string): readonly string[] {
  return [...page(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replace(/ /g, "-"),
  );
}

/** A heading and what stands below it, up to the next one of its kind. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`${heading}`);
  assert.ok(start !== -1, `there is a heading "${heading}"`);
  const end = text.indexOf("\n## ", start + heading.length);
  return end === -1 ? text.slice(start) : text.slice(start, end);
}

/** What stands in backticks, or plain, in the first column of tables. */
function tableKeys(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^\| `?([^`|]+?)`? \|/gm)].map(([, key]) => key ?? ""));
}
