// The commands for task files that need no engine: new, list, lint, and what init makes for them.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { decapod } from "../../../test/support/command-line.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-taskfiles-"));
after(() => rmSync(root, { recursive: true, force: true }));
const TEMPLATES = join(import.meta.dirname, "../../../templates");
const FOUNDING = join(import.meta.dirname, "../../../test/data/founding");
const founding = (name: string) => readFileSync(join(FOUNDING, name), "utf8").trimEnd();

let folders = 0;
function fresh(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(join(folder, ".claude/workflows"), { recursive: true });
  return folder;
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const call = (folder: string, ...words: readonly string[]) =>
  decapod({ folder, builtInFolders: [TEMPLATES] }, ...words);
const task = (id: string, more = "") => `---\ntask_id: ${id}\ntask_type: coder\n${more}---\nDo it.\n`;

describe("task new", () => {
  it("T1-11…T1-14: fills the template, names the file by time, type and brief, and says what the user hears", async () => {
    const folder = fresh();
    const said = await call(
      folder,
      "task",
      "new",
      "hugo-build",
      "--env",
      "staging",
      "--base-url",
      "https://s.example",
    );
    assert.equal(said.code, 0, said.stderr);
    assert.match(
      said.stdout,
      /^I've queued a Hugo build task for the staging environment\. The worker will execute it and I'll verify the results\.$/m,
    );
    const [name = ""] = readdirSync(join(folder, "tasks/pending"));
    assert.match(name, /^2026-01-18-\d{4}-hugo-build-staging\.md$/);
    const text = readFileSync(join(folder, "tasks/pending", name), "utf8");
    assert.match(text, new RegExp(`^task_id: ${name.slice(0, -3)}$`, "m"));
    assert.match(text, /environment: staging\n {2}base_url: "https:\/\/s\.example"/);
  });

  it("two of one minute get names of their own", async () => {
    const folder = fresh();
    for (const _ of [1, 2, 3]) await call(folder, "task", "new", "coder", "--describe", "Mend links");
    const names = readdirSync(join(folder, "tasks/pending"));
    assert.equal(names.length, 3);
    assert.equal((await call(folder, "task", "lint")).code, 0);
  });

  it("quotes around the id of a template are none of the file's name, and stay", async () => {
    const folder = fresh();
    for (const [name, quote] of [
      ["one", '"'],
      ["two", "'"],
    ]) {
      const line = `task_id: ${quote}{timestamp}-${name}${quote} # made by hand`;
      write(folder, `tasks/templates/${name}.md`, task("x").replace("task_id: x", line));
      for (const _ of [1, 2]) assert.equal((await call(folder, "task", "new", String(name))).code, 0);
    }
    const names = readdirSync(join(folder, "tasks/pending"));
    assert.deepEqual(
      names.map((name) => name.replace(/^2026-01-18-\d{4}-/, "")),
      ["one-2.md", "one.md", "two-2.md", "two.md"],
    );
    assert.match(
      readFileSync(join(folder, "tasks/pending", names[0] ?? ""), "utf8"),
      /-one-2" # made by hand$/m,
    );
  });

  it("E_PARAM_MISSING: what the template wants is asked for by its options, and nothing is written", async () => {
    const folder = fresh();
    const said = await call(folder, "task", "new", "hugo-deploy-production");
    assert.equal(said.code, 3);
    assert.match(
      said.stderr,
      /E_PARAM_MISSING .*\{base_url\}, \{staging-url\}\n {2}try: --base-url --set staging-url=…/,
    );
    assert.throws(() => readdirSync(join(folder, "tasks")));
  });

  it("what is no template, role or worker is told with the nearest that is", async () => {
    const said = await call(fresh(), "task", "new", "hugo-biuld");
    assert.equal(said.code, 10);
    assert.match(said.stderr, /try: hugo-build/);
    assert.match((await call(fresh(), "task", "new", "shell")).stderr, /write a workflow/);
    assert.equal((await call(fresh(), "task", "new", "coder", "--set", "x")).code, 2);
  });

  it("T0-15: the project's own template comes before ours, but never through a link", async () => {
    const folder = fresh();
    write(folder, "tasks/templates/coder.md", task("{timestamp}-mine", "params: { a: {x} }\n"));
    assert.equal((await call(folder, "task", "new", "coder", "--set", "x=1: 2")).code, 0);
    const [name = ""] = readdirSync(join(folder, "tasks/pending"));
    assert.match(name, /-mine\.md$/);
    symlinkSync("/etc/passwd", join(folder, "tasks/templates/checker.md"));
    const said = await call(folder, "task", "new", "checker", "--json");
    assert.equal(said.code, 4);
    assert.match(said.stdout, /E_NOT_ALLOWED/);
  });
});

describe("task lint", () => {
  it("tells every problem of every file, and does nothing", async () => {
    const folder = fresh();
    write(folder, "tasks/pending/a.md", task("a").replace("coder", "codre"));
    write(folder, "tasks/pending/b.md", task("../b"));
    write(folder, "tasks/pending/c.md", task("c"));
    const said = await call(folder, "task", "lint");
    assert.equal(said.code, 3);
    assert.match(
      said.stderr,
      /E_UNKNOWN_AGENT there is no agent "codre"\n {2}--> tasks\/pending\/a\.md:3:12/,
    );
    assert.match(said.stderr, /E_TASK_ID .*\n {2}--> tasks\/pending\/b\.md:2:10/);
    assert.match(said.stderr, /2 problems in 2 files/);
    assert.match(said.stdout, /✓ valid {2}tasks\/pending\/c\.md/);
    assert.equal(readdirSync(join(folder, "tasks/pending")).length, 3);
  });

  it("takes a file from anywhere, and a document for scripts", async () => {
    const folder = fresh();
    write(folder, "drafts/a.md", task("a"));
    const said = await call(folder, "task", "lint", "drafts/a.md", "--json");
    assert.deepEqual(JSON.parse(said.stdout), {
      schemaVersion: 1,
      files: [{ file: "drafts/a.md", ok: true, problems: [] }],
    });
    assert.equal((await call(fresh(), "task", "lint")).code, 10);
    assert.equal((await call(folder, "task", "lint", "drafts/b.md")).code, 10);
  });

  it("P4: a link is refused unread", async () => {
    const folder = fresh();
    write(folder, "secret", "aws_secret_access_key = hidden");
    mkdirSync(join(folder, "tasks/pending"), { recursive: true });
    symlinkSync("../../secret", join(folder, "tasks/pending/x.md"));
    const said = await call(folder, "task", "lint");
    assert.equal(said.code, 4);
    assert.match(said.stderr, /E_NOT_ALLOWED tasks\/pending\/x\.md is a link/);
    assert.doesNotMatch(said.stdout + said.stderr, /hidden/);
  });
});

describe("task list", () => {
  it("T1-43: shows each file with its folder, type and what it waits for", async () => {
    const folder = fresh();
    write(folder, "tasks/pending/b.md", task("b", "depends_on: a\n"));
    write(folder, "tasks/pending/broken.md", "no front matter\n");
    write(folder, "tasks/completed/z.md", task("z"));
    const said = await call(folder, "task", "list");
    assert.match(said.stdout, /^pending\tb\tcoder\t\twaits for a$/m);
    assert.match(said.stdout, /^pending\tbroken\t\t\tE_FRONT_MATTER/m);
    assert.match(said.stdout, /^completed\tz\tcoder/m);
    const document = JSON.parse((await call(folder, "task", "list", "--json")).stdout) as {
      tasks: unknown[];
    };
    assert.equal(document.tasks.length, 3);
    assert.match((await call(fresh(), "task", "list")).stderr, /no task files/);
  });
});

describe("hints of commands", () => {
  it("a file with a blank in its name stands there as a shell takes it", async () => {
    const folder = fresh();
    write(folder, "tasks/failed/a b.md", "no front matter\n");
    const moved = await call(folder, "task", "move", "a b", "pending");
    assert.match(moved.stderr, /^next: decapod work 'tasks\/pending\/a b\.md'$/m);
    const listed = await call(folder, "task", "list");
    assert.match(listed.stdout, /E_FRONT_MATTER: decapod task lint 'tasks\/pending\/a b\.md'$/m);
    const shown = await call(folder, "task", "show", "a b");
    assert.match(shown.stdout, /decapod task lint 'tasks\/pending\/a b\.md'/);
  });

  it("task new of a type that nobody knows names each that there is once", async () => {
    const folder = fresh();
    for (const name of ["hugo-build", "other"]) write(folder, `tasks/templates/${name}.md`, task(name));
    const { stderr } = await call(folder, "task", "new", "zzzzzz");
    assert.equal(stderr.match(/hugo-build\b/g)?.length, 1, stderr);
  });
});

describe("task archive", () => {
  const dated = "2026-01-19-1430-hugo-build-staging";
  const lies = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .sort();

  it("T0-19: puts what was completed away by month, and what is named besides", async () => {
    const folder = fresh();
    for (const name of [`completed/${dated}`, "completed/other", "failed/named"])
      write(folder, `tasks/${name}.md`, task(name.split("/")[1] ?? ""));
    assert.match((await call(folder, "task", "archive")).stdout, /2 task files put into archive\//);
    assert.deepEqual(lies(folder), [
      `archive/2026-01/${dated}.md`,
      "archive/other/other.md",
      "tasks/failed/named.md",
    ]);
    assert.equal((await call(folder, "task", "archive", "named")).code, 0);
    assert.ok(lies(folder).includes("archive/other/named.md"));
  });

  it("E_CONFLICT: moves none where one is being done or lies there already", async () => {
    const folder = fresh();
    for (const name of ["tasks/completed/a", "tasks/completed/b", "archive/other/b", "tasks/in-progress/c"])
      write(folder, `${name}.md`, task(name.slice(-1)));
    const before = lies(folder);
    const taken = await call(folder, "task", "archive");
    assert.deepEqual([taken.code, /there is archive\/other\/b\.md already/.test(taken.stderr)], [5, true]);
    const busy = await call(folder, "task", "archive", "a", "c");
    assert.deepEqual([busy.code, /tasks\/in-progress\/c\.md is being done/.test(busy.stderr)], [5, true]);
    assert.deepEqual(lies(folder), before);
  });
});

describe("init makes what task files need", () => {
  it("T0-11…T0-20, T1-47: folders, templates, guide and .gitignore; nothing of it is written over", async () => {
    const folder = fresh();
    write(folder, "tasks/templates/hugo-build.md", "mine\n");
    write(folder, ".gitignore", "/node_modules\ntasks/\n");
    mkdirSync(join(folder, ".git"));
    const { code, stderr } = await call(folder, "init");
    assert.equal(code, 0);
    const wanted = founding("task-directories.sh").match(/(?<=mkdir -p )\S+/g) ?? [];
    const made = wanted.flatMap((one) => {
      const [, before = "", inner] = /^(.*)\{(.*)\}$/.exec(one) ?? [];
      return inner === undefined ? [one] : inner.split(",").map((name) => before + name);
    });
    assert.equal(made.length, 9);
    for (const name of made) assert.ok(readdirSync(join(folder, name)) !== null, name);
    assert.equal(readFileSync(join(folder, "tasks/templates/hugo-build.md"), "utf8"), "mine\n");
    assert.equal(readFileSync(join(folder, ".gitignore"), "utf8"), "/node_modules\ntasks/\n");
    assert.match(stderr, /\.gitignore leaves out tasks\//);
    assert.match(
      stderr,
      /\.gitignore lacks lines that keep .* out of git: \/results\/latest\/ \/tasks\/\*\*\/\.\* \/results\/\*\*\/\.\*\.tmp$/m,
    );
    assert.throws(() => readdirSync(join(folder, ".github")));
  });

  it("T0-16: results and tasks are kept in git, the links are not", async () => {
    const folder = fresh();
    await call(folder, "init");
    const lines = readFileSync(join(folder, ".gitignore"), "utf8").split("\n");
    assert.ok(lines.includes("/results/latest/"));
    assert.ok(!lines.some((line) => /^\/?(?:tasks|results)\/?\*?$/.test(line)));
  });
});

describe("the guide", () => {
  const guide = readFileSync(join(TEMPLATES, "task-system-guide.md"), "utf8");

  for (const piece of [
    "decision-criteria-000.txt",
    "decision-criteria-001.txt",
    "success-criteria.md",
    "approval-rules.md",
    "production-approval-message.md",
    "task-template-placeholders.md",
  ])
    it(`T0-32…T0-35, T1-7: holds ${piece} word for word`, () => assert.ok(guide.includes(founding(piece))));

  it("T1-28…T1-37: holds the rules for errors word for word", () => {
    assert.ok(guide.includes(founding("error-handling.md").replace(/\n+---$/, "")));
  });

  it("T1-14, T1-45, T1-50: holds the words on delegation, the seven tips and the motto", () => {
    const plain = guide.replace(/\s+/g, " ");
    assert.ok(
      plain.includes(
        "I've queued a Hugo build task for the staging environment. The worker will execute it and I'll verify the results.",
      ),
    );
    assert.match(plain, /Think deeply, delegate deterministically, verify thoroughly, explain clearly/);
    const tips = /## Tips\n\n([\s\S]*)$/.exec(guide)?.[1] ?? "";
    assert.equal(tips.match(/^\d\. /gm)?.length, 7);
  });

  it("T1-41: the template for production shows the message letter for letter", () => {
    const template = readFileSync(join(TEMPLATES, "tasks/hugo-deploy-production.md"), "utf8");
    const message = founding("production-approval-message.md")
      .replace("{summary of changes}", "{description}")
      .replace("{production-url}", "{base_url}");
    const block = message.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
    assert.ok(template.includes(block.join("\n")));
  });

  it("T1-21, T1-22: the templates have the criteria of the founding text", () => {
    const criteria = (name: string) =>
      [...readFileSync(join(TEMPLATES, "tasks", name), "utf8").matchAll(/^ {2}- "?(.*[:> ].*?)"?$/gm)].map(
        ([, one]) => one,
      );
    const texts = [...founding("success-criteria.md").matchAll(/^- `(.*?)`(.*)$/gm)].map(
      ([, code = "", rest = ""]) => (rest.trim() === "present" ? `${code} present` : code),
    );
    assert.deepEqual(criteria("hugo-build.md"), texts.slice(0, 4));
    for (const name of ["hugo-deploy-staging.md", "hugo-deploy-production.md"])
      assert.deepEqual(criteria(name).slice(0, 4), texts.slice(4));
  });
});
