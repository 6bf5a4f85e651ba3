/** The man page and the pages of help: complete, and clean to the programs that read them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { COMMANDS, GLOBAL_OPTIONS } from "../../src/cli/registry.ts";
import { TOPIC_NAMES } from "../../src/cli/topic-names.ts";
import { TOPICS } from "../../src/cli/topics.ts";
import { EXIT } from "../../src/core/problem.ts";
import { freshFolder, has } from "./decapod.ts";

const folder = freshFolder();
let page = "";
before(async () => {
  page = (await folder.run("man")).stdout;
});

/** The page through a program, with what it complained of. */
function through(program: string, ...words: readonly string[]) {
  const env = {
    PATH: process.env.PATH,
    LC_ALL: "C.UTF-8",
    MANWIDTH: "400",
    MAN_KEEP_FORMATTING: "",
    TERM: "dumb",
  };
  const { stdout, stderr, status } = spawnSync(program, words, { input: page, env, encoding: "utf8" });
  return { text: stdout, stderr, status };
}

describe("the man page", () => {
  it("has every command that is shown, its options and examples, and every page of help", () => {
    const plain = page.replaceAll("\\-", "-").replaceAll("\\(dq", '"').replaceAll("\\(ti", "~");
    for (const { name, words, options, examples, isHidden } of COMMANDS) {
      assert.equal(plain.includes(`.SS "decapod ${name} ${words}`.trimEnd()), isHidden !== true, name);
      if (isHidden === true) continue;
      for (const { flags } of options) assert.ok(plain.includes(`.B "${flags}"`), `${name} ${flags}`);
      for (const example of examples) assert.ok(plain.includes(`\ndecapod ${example}\n`), example);
    }
    for (const { flags } of GLOBAL_OPTIONS) assert.ok(plain.includes(`.B "${flags}"`), flags);
    const headings = [...page.matchAll(/^\.SH "(.*)"$/gm)].map(([, heading]) => heading);
    assert.equal(headings.length, TOPIC_NAMES.length);
  });

  it("has no line that begins as a request and is none", () => {
    for (const line of page.split("\n"))
      assert.match(line, /^(?:$|[^.']|\.(?:TH|SH|SS|B|I|TP|PP|EX|EE)\b)/, line);
    assert.doesNotMatch(page, /[^\n\x20-\x7e]/, "other signs are written by their numbers");
  });

  it("is read by man without a warning, and copies as it stands", {
    skip: has("man", "--version") ? false : "needs man",
  }, () => {
    const { text, stderr, status } = through("man", "--warnings=all", "-l", "-");
    assert.deepEqual([status, stderr], [0, ""]);
    for (const line of [
      "source <(decapod completion bash)",
      "${test.status == 'success' ? 'green' : 'red'}",
      "A text that is one expression keeps its type. $${ is a literal ${.",
    ])
      assert.ok(text.includes(line), line);
  });

  it("is read by mandoc without a warning but that it has no date", {
    skip: has("sh", "-c", "command -v mandoc") ? false : "needs mandoc",
  }, () => {
    const { text } = through("mandoc", "-T", "lint", "-W", "warning");
    assert.deepEqual(
      text.split("\n").filter((line) => line !== "" && !line.includes("missing date")),
      [],
    );
  });
});

describe("the pages of help", () => {
  for (const name of TOPIC_NAMES)
    it(`help ${name} fits a terminal of 120 columns`, async () => {
      const { code, stdout, stderr } = await folder.run("help", name);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.ok(stdout.startsWith(`${name}: `));
      for (const line of stdout.split("\n")) assert.ok(line.length <= 120, line);
    });

  const terms = (name: (typeof TOPIC_NAMES)[number]) =>
    TOPICS[name].parts.flatMap((part) => (part.kind === "rows" ? part.rows.map(([term]) => term) : []));

  it("exit-codes has every one", () => {
    const known = [...Object.values(EXIT), 130, 143].map(String);
    assert.deepEqual(terms("exit-codes"), known);
  });

  it("templates has every one", () => {
    const files = readdirSync(join(import.meta.dirname, "../../templates"));
    const names = files.flatMap((file) => /^([\w-]+)\.yaml$/.exec(file)?.[1] ?? []);
    assert.deepEqual([...terms("templates")].sort(), names.sort());
  });
});
