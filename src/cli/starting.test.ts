/** init and workflow new, in folders of their own, with real files. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { decapod } from "../../test/support/command-line.ts";
import { goodWorkflow } from "../../test/support/surroundings.ts";

const base = mkdtempSync(join(tmpdir(), "decapod-init-"));
after(() => rmSync(base, { recursive: true, force: true }));
const builtInFolders = [join(import.meta.dirname, "../../templates")];
let count = 0;

function fresh(files: Readonly<Record<string, string>> = {}): string {
  const folder = join(base, String(++count));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const call = (folder: string, ...words: readonly string[]) => decapod({ folder, builtInFolders }, ...words);
const everything = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => [
      name,
      statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name), "utf8") : "",
    ]);
const statesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t").slice(0, 2).join(" "));

const MADE = [
  "made .claude/workflows/",
  "made .claude/workflows/hello.yaml",
  "made .claude/workflows/hello.rehearsal.yaml",
  "made .claude/workflow.schema.json",
  "made .claude/workflow-state/",
  "made .claude/workflow-state/.gitignore",
  ...["pending", "in-progress", "completed", "failed", "templates"].map((name) => `made tasks/${name}/`),
  ...["build", "deploy-production", "deploy-staging"].map((name) => `made tasks/templates/hugo-${name}.md`),
  ...["results/", "results/latest/", "workers/", "archive/"].map((name) => `made ${name}`),
  "made .claude/task-system-guide.md",
  "made .gitignore",
];

describe("init", () => {
  it("makes a workflow, its schema and the state folder, lists each, and says what comes next", async () => {
    const folder = fresh();
    const { code, stdout, stderr } = await call(folder, "init");
    assert.equal(code, 0);
    assert.deepEqual(statesOf(stdout), MADE);
    assert.match(stderr, /^note: this is no git repository/m);
    assert.match(stderr, /next: decapod run hello\n$/);
    assert.equal(readFileSync(join(folder, ".claude/workflow-state/.gitignore"), "utf8"), "*\n");
    const valid = await call(folder, "validate");
    assert.deepEqual([valid.code, /hello, 3 tasks/.test(valid.stdout)], [0, true]);
  });

  it("leads the editor to a schema on this disk, which is the one that is checked by", async () => {
    const folder = fresh();
    await call(folder, "init");
    const file = join(folder, ".claude/workflows/hello.yaml");
    const [first = ""] = readFileSync(file, "utf8").split("\n");
    const [, path = ""] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    const schema = readFileSync(resolve(dirname(file), path), "utf8");
    assert.equal(schema, (await call(folder, "workflow", "schema")).stdout);
    assert.doesNotMatch(schema.replace("http://json-schema.org/draft-07/schema#", ""), /https?:/);
  });

  it("changes nothing when it is called again, and says so", async () => {
    const folder = fresh();
    await call(folder, "init");
    const before = everything(folder);
    const { code, stdout, stderr } = await call(folder, "init");
    assert.equal(code, 0);
    assert.ok(
      statesOf(stdout).every((line) => line.startsWith("kept ")),
      stdout,
    );
    assert.match(stderr, /everything was there already; nothing was changed/);
    assert.deepEqual(everything(folder), before);
  });

  it("overwrites nothing, whatever it is, and touches .github never", async () => {
    const own = {
      ".claude/workflows/hello.json": "{}",
      ".claude/workflow.schema.json": "mine",
      ".claude/workflow-state/.gitignore": "mine too",
      ".github/workflows/ci.yaml": "on: push",
      ".gitignore": "dist\n",
    };
    const folder = fresh(own);
    const { stdout, stderr } = await call(folder, "init");
    for (const [name, text] of Object.entries(own))
      assert.equal(readFileSync(join(folder, name), "utf8"), text, name);
    assert.ok(statesOf(stdout).includes("kept .claude/workflows/hello.json"));
    assert.ok(!existsSync(join(folder, ".claude/workflows/hello.yaml")), "two of one name");
    assert.match(stderr, /note: \.claude\/workflow\.schema\.json is of another version/);
    assert.deepEqual(readdirSync(join(folder, ".github/workflows")), ["ci.yaml"]);
  });

  it("keeps a link that leads nowhere, and writes nothing through one", async () => {
    const folder = fresh({ ".claude/workflows/x.yaml": "name: x" });
    symlinkSync(join(folder, "elsewhere"), join(folder, ".claude/workflows/hello.yaml"));
    const { code, stdout } = await call(folder, "init");
    assert.equal(code, 0);
    assert.ok(statesOf(stdout).includes("kept .claude/workflows/hello.yaml"));
    assert.ok(!existsSync(join(folder, "elsewhere")));
  });

  it("gives files the modes of the person's umask, and the journal's folder to nobody else", async () => {
    const folder = fresh();
    await call(folder, "init");
    const mode = (name: string) => (statSync(join(folder, ".claude", name)).mode & 0o777).toString(8);
    assert.deepEqual(
      ["workflows", "workflows/hello.yaml", "workflow-state", "workflow-state/.gitignore"].map(mode),
      ["755", "644", "700", "600"],
    );
  });

  it("begins with another template, also one that the project has replaced", async () => {
    const folder = fresh();
    const { code, stderr } = await call(folder, "init", "--template", "release");
    assert.equal(code, 0);
    assert.match(stderr, /next: decapod run release/);
    assert.ok(!existsSync(join(folder, ".claude/workflows/hello.yaml")));
    assert.ok(existsSync(join(folder, ".claude/workflows/release.rehearsal.yaml")));
    const wrong = await call(fresh(), "init", "--template", "relese");
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [10, 'error E_NOT_FOUND there is no template "relese"\n  try: release\n'],
    );
  });

  it("answers --json with one document, and says there what it did", async () => {
    const folder = fresh();
    const { code, stdout, stderr } = await call(folder, "init", "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const { schemaVersion, project, git, changed, files, notes, next } = JSON.parse(stdout);
    assert.deepEqual(
      [schemaVersion, project, git, changed, next],
      [1, folder, false, true, "decapod run hello"],
    );
    assert.deepEqual(
      files.map(({ state, file }: Record<string, string>) => `${state} ${file}`),
      MADE,
    );
    assert.equal(notes.length, 1);
    assert.equal(JSON.parse((await call(folder, "init", "--json")).stdout).changed, false);
  });

  it("says when .gitignore would keep the workflows out of git, and is silent when all is well", async () => {
    const git = { ".git/HEAD": "ref: refs/heads/main" };
    for (const line of [".claude", "/.claude/", ".claude/*", "**/.claude/"]) {
      const { stderr } = await call(fresh({ ...git, ".gitignore": `dist\n${line}\n` }), "init");
      assert.match(stderr, /note: \.gitignore leaves out your workflows/, line);
    }
    const own = "/results/latest/\n/tasks/**/.*\n/results/**/.*.tmp\n";
    for (const text of ["dist\n", ".claude/*\n!/.claude/workflows/\n", ".claude/settings.local.json\n"]) {
      const { stderr } = await call(fresh({ ...git, ".gitignore": text + own }), "init");
      assert.doesNotMatch(stderr, /note:/, text);
    }
  });

  it("has its journal left out by git, and its workflows not", (t) => {
    const folder = fresh();
    try {
      execFileSync("git", ["init", "--quiet"], { cwd: folder });
    } catch {
      return t.skip("needs git");
    }
    return call(folder, "init").then(() => {
      const status = execFileSync("git", ["status", "--porcelain", "-uall"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.deepEqual(status.trimEnd().split("\n"), [
        "?? .claude/task-system-guide.md",
        "?? .claude/workflow.schema.json",
        "?? .claude/workflows/hello.rehearsal.yaml",
        "?? .claude/workflows/hello.yaml",
        "?? .gitignore",
        ...["build", "deploy-production", "deploy-staging"].map(
          (name) => `?? tasks/templates/hugo-${name}.md`,
        ),
      ]);
    });
  });

  it("says what stands in the way of its folders", async () => {
    const { code, stderr } = await call(fresh({ ".claude": "a file" }), "init");
    assert.equal(code, 6);
    assert.match(stderr, /^error E_IO .*\.claude.* cannot be made/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
});

describe("workflow new", () => {
  it("writes a valid workflow of that name from any template, with its story and the schema", async () => {
    const folder = fresh();
    for (const template of ["hello", "bug-fix-template", "upgrade-dependencies"]) {
      const name = `my-${template}`;
      const { code, stdout, stderr } = await call(folder, "workflow", "new", name, "--template", template);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^made\\t\\.claude/workflows/${name}\\.yaml\\t`));
      assert.match(stderr, new RegExp(`next: decapod workflow show ${name}`));
      const text = readFileSync(join(folder, `.claude/workflows/${name}.yaml`), "utf8");
      assert.equal(goodWorkflow(text).workflow.name, name);
      assert.doesNotMatch(text, new RegExp(`decapod run ${template}\\b`), "its comment names the new name");
      assert.ok(existsSync(join(folder, `.claude/workflows/${name}.rehearsal.yaml`)));
    }
    assert.ok(existsSync(join(folder, ".claude/workflow.schema.json")));
  });

  it("writes names that YAML would read as something else so that they stay names", async () => {
    const folder = fresh();
    for (const name of ["true", "null", "2026", "1e3", "0x1f"]) {
      assert.equal((await call(folder, "workflow", "new", name)).code, 0);
      const text = readFileSync(join(folder, `.claude/workflows/${name}.yaml`), "utf8");
      assert.equal(goodWorkflow(text).workflow.name, name);
    }
  });

  it("never overwrites, whatever the ending", async () => {
    const folder = fresh({ ".claude/workflows/a.yml": "name: a", ".claude/workflows/b.json": "{}" });
    for (const [name, file] of [
      ["a", "a.yml"],
      ["b", "b.json"],
    ] as const) {
      const { code, stderr } = await call(folder, "workflow", "new", name);
      assert.equal(code, 5);
      assert.equal(
        stderr,
        `error E_CONFLICT there is .claude/workflows/${file} already; nothing was changed\n  try: take another name\n`,
      );
    }
    assert.deepEqual(readdirSync(join(folder, ".claude/workflows")), ["a.yml", "b.json"]);
  });

  it("refuses names that are paths, options or too long, before it writes anything", async () => {
    const folder = fresh();
    for (const name of ["", "a/b", "../x", "a.yaml", ".x", "a b", "ä", "a".repeat(101)]) {
      const { code, stderr } = await call(folder, "workflow", "new", name);
      assert.equal(code, 2, name);
      assert.match(stderr, /^error E_USAGE /);
    }
    assert.equal((await call(folder, "workflow", "new")).code, 2);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("answers --json with one document", async () => {
    const { stdout } = await call(fresh(), "workflow", "new", "x", "--json");
    const { schemaVersion, files, next } = JSON.parse(stdout);
    assert.deepEqual([schemaVersion, files.length, next], [1, 3, "decapod workflow show x"]);
  });
});

describe("a folder that the system does not let be written", () => {
  const isRoot = process.getuid?.() === 0;

  it("is said to be so, with 6", {
    skip: isRoot ? "root may write everywhere; test/e2e has it" : false,
  }, async () => {
    const folder = fresh();
    chmodSync(folder, 0o555);
    const { code, stderr } = await call(folder, "init");
    chmodSync(folder, 0o755);
    assert.equal(code, 6);
    assert.match(stderr, /^error E_READ_ONLY .* cannot be written\n {2}try: make .* writable/);
  });
});
