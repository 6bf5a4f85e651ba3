/** The scripts of the templates in real repositories: real git, real make, real decapod; only the agents are scripts. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Hand, scriptOf, withHands } from "../support/with-hands.ts";
import { type Ended, environmentWith, type Folder, freshFolder, has, startIn } from "./decapod.ts";

const TEMPLATES = join(import.meta.dirname, "../../templates");
interface Repository {
  readonly folder: Folder;
  readonly path: string;
  git(...words: readonly string[]): string;
  write(name: string, text: string): void;
  read(name: string): string;
  commit(message: string): void;
  run(...words: readonly string[]): Promise<Ended>;
}

/** A repository with one of the templates in it, whose agents are these scripts. */
function repository(template: string, scripts: Readonly<Record<string, Hand>>): Repository {
  const text = readFileSync(join(TEMPLATES, `${template}.yaml`), "utf8");
  const folder = freshFolder();
  const { path } = folder;
  const home = join(path, "../home");
  const env = environmentWith(home);
  const git = (...words: readonly string[]) =>
    execFileSync("git", words, { cwd: path, env, encoding: "utf8" });
  writeFileSync(
    join(home, ".gitconfig"),
    "[user]\n  name = Kim\n  email = kim@example.com\n[init]\n  defaultBranch = main\n",
  );
  git("init", "--quiet");
  folder.write(`.claude/workflows/${template}.json`, withHands(text, scripts));
  return {
    folder,
    path,
    git,
    write: (name, content) => void folder.write(name, content),
    read: (name) => readFileSync(join(path, name), "utf8"),
    commit: (message) => {
      git("add", "--all");
      git("commit", "--quiet", "--message", message);
    },
    run: (...words) => startIn(path, env, [...PROGRAM, ...words]).ended,
  };
}

async function outputsOf(repository: Repository, ...words: readonly string[]) {
  const ended = await repository.run("run", ...words, "--json");
  const { run } = JSON.parse(ended.stdout);
  return { code: ended.code, run, outputs: run.outputs, tasks: tasksOf(run) };
}

/**
 * One script of a template alone, as decapod would call it, in a folder with these files and programs: its code, its
 * output (or what it printed), and its errors.
 */
function script(
  template: string,
  task: string,
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string>> = {},
): readonly [number | null, string, string] {
  const folder = freshFolder();
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  for (const [name, text] of Object.entries(programs))
    chmodSync(folder.write(`../programs/${name}`, `#!/bin/bash\nset -eu\n${text}\n`), 0o755);
  const text = scriptOf(readFileSync(join(TEMPLATES, `${template}.yaml`), "utf8"), task);
  const env = { PATH: `${join(folder.path, "../programs")}:${process.env.PATH}`, ...environment };
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", text], {
    cwd: folder.path,
    env,
    encoding: "utf8",
    // bash takes a socket for a remote shell, and reads its start files.
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = join(folder.path, environment.DECAPOD_OUTPUT ?? "none");
  return [status, existsSync(output) ? readFileSync(output, "utf8") : stdout.trim(), stderr];
}

interface ShownTask {
  readonly id: string;
  readonly status: string;
  readonly skipReason: string | null;
  readonly output: unknown;
  readonly error: { readonly message: string } | null;
}

function tasksOf(run: { readonly tasks: readonly ShownTask[] }): ReadonlyMap<string, ShownTask> {
  return new Map(run.tasks.map((task) => [task.id, task]));
}

const needs = (...programs: readonly string[]) => {
  const missing = programs.filter((program) => !has(program, "--version"));
  return { skip: missing.length === 0 ? false : `needs ${missing.join(", ")}` };
};

describe("fix-until-green in a real folder", { concurrency: 2 }, () => {
  const json = (value: object) => `echo '${JSON.stringify(value)}' > "$DECAPOD_OUTPUT"`;
  // Each call of the coder writes one more; the test wants three.
  const FIX = `echo x >> answer; ${json({ stuck: false, what: "one more" })}`;
  const TEST = "test:\n\t@echo lines: $$(cat answer | wc -l); test $$(cat answer | wc -l) -ge 3\n";

  it(
    "finds make test, and lets the coder go on until it is green and nobody objects",
    needs("make"),
    async () => {
      const project = repository("fix-until-green", {
        fix: FIX,
        verify: `if [ "$(cat answer | wc -l)" -ge 4 ]; then ${json({ ok: true, objections: "" })}; else ${json({ ok: false, objections: "one more" })}; fi`,
      });
      project.write("Makefile", TEST);
      project.write("answer", "");
      const { code, outputs } = await outputsOf(project, "fix-until-green");
      assert.deepEqual([code, outputs], [0, { rounds: 5, change: "one more" }]);
      assert.equal(project.read("answer"), "x\n".repeat(4));
      const { stdout } = await project.run("runs");
      const [short = ""] = stdout.split("\t");
      assert.match(
        (await project.run("logs", short, "rounds")).stdout,
        /lines: 0/,
        "what the tests printed is kept",
      );
    },
  );

  it("finds how projects are tested by what lies in them, or says what to give", () => {
    const found: readonly (readonly [file: string, text: string, command: string])[] = [
      ["package.json", '{"scripts": {"test": "node --test"}}', "npm test"],
      ["Makefile", "all:\n\ntest: all\n\ttrue\n", "make test"],
      ["Cargo.toml", "[package]\n", "cargo test"],
      ["go.mod", "module x\n", "go test ./..."],
      ["pyproject.toml", "[project]\n", "python3 -m pytest"],
    ];
    for (const [file, text, command] of found)
      assert.deepEqual(
        script("fix-until-green", "detect", { [file]: text }, { GIVEN: "" }),
        [0, command, ""],
        file,
      );
    const bare = { "package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}' };
    const [code, , stderr] = script("fix-until-green", "detect", bare, { GIVEN: "" });
    assert.deepEqual([code, /give one: -i test_command=/.test(stderr)], [3, true]);
    assert.equal(script("fix-until-green", "detect", bare, { GIVEN: "./t --all" })[1], "./t --all");
  });
});

describe("code-review in a real repository", { concurrency: 2, ...needs("git") }, () => {
  const finding = (file: string, claim: string) => ({ file, line: 2, claim, severity: "high" });
  const FINDINGS = [finding("a.txt", 'It\'s "new" & $HOME `x`'), finding("b.txt", "refutable")];
  const scripts = {
    review: `echo '${JSON.stringify(FINDINGS).replaceAll("'", "'\\''")}' > "$DECAPOD_OUTPUT"`,
    verify: {
      run: `holds=$([ "$FILE" = a.txt ] && echo true || echo false)
echo "{\\"holds\\": $holds, \\"why\\": \\"seen\\"}" > "$DECAPOD_OUTPUT"`,
      env: { FILE: "${finding.file}" },
    },
  };
  const changed = () => {
    const project = repository("code-review", scripts);
    project.write("a.txt", "one\n");
    project.commit("first");
    project.git("switch", "--quiet", "--create", "topic");
    project.write("b.txt", "two\n");
    project.commit("second");
    project.write("a.txt", "one\nmore\n");
    return project;
  };

  it("looks at commits and at uncommitted changes, and reports what holds, letter for letter", async () => {
    const project = changed();
    const { code, outputs, tasks } = await outputsOf(project, "code-review", "-i", 'focus=["security"]');
    assert.equal(code, 0);
    const change = tasks.get("change")?.output as { base: string; files: number; diff: string };
    assert.deepEqual([change.base, change.files], ["main", 2]);
    const diff = readFileSync(change.diff, "utf8");
    assert.match(diff, /^\+more$/m);
    assert.match(diff, /^\+two$/m);
    assert.equal(outputs.findings, 1);
    assert.match(outputs.review, /^- \*\*high\*\* `a\.txt:2` It's "new" & \$HOME `x`$/m);
    assert.match(outputs.review, /looked at for security\. 2 claims, 1 hold, 0 could not be judged\.$/);
  });

  it("ends with 1 for CI when something holds", async () => {
    const words = ["code-review", "-i", 'focus=["tests"]', "-i", "fail_on_findings=true", "-i", "base=main"];
    assert.equal((await outputsOf(changed(), ...words)).code, 1);
  });

  it("reviews nothing where nothing differs, and says which commit is not there", async () => {
    const project = repository("code-review", scripts);
    project.commit("first");
    const same = await outputsOf(project, "code-review");
    assert.deepEqual([same.code, same.tasks.get("review")?.skipReason], [0, "finished"]);
    const gone = await outputsOf(project, "code-review", "-i", "base=--output=x");
    assert.equal(gone.code, 1);
    assert.match(gone.tasks.get("change")?.error?.message ?? "", /there is no commit "--output=x"/);
    assert.ok(!existsSync(join(project.path, "x")), "a name is no option of git");
  });

  it("says that it needs a repository where there is none", () => {
    const [code, , stderr] = script("code-review", "change", {}, { GIVEN: "" });
    assert.notEqual(code, 0);
    assert.match(stderr, /not a git repository/);
  });
});

describe("update-docs in a real repository", needs("git"), () => {
  it("commits the pages it wrote and nothing else, after a broken link was mended", async () => {
    const project = repository("update-docs", {
      plan: `echo '[{"page": "README.md", "wrong": "old"}, {"page": "docs/new.md", "wrong": "missing"}]' > "$DECAPOD_OUTPUT"`,
      write: {
        run: 'mkdir -p docs; echo "See [modes](docs/modes.md)." > "$PAGE"',
        env: { PAGE: "${one.page}" },
      },
      mend: "echo 'See [modes](docs/new.md).' > README.md; echo new > docs/new.md",
      review: `echo '{"ok": true, "objections": []}' > "$DECAPOD_OUTPUT"`,
    });
    project.write("README.md", "See nothing.\n");
    project.write("code.js", "1\n");
    project.commit("first");
    project.git("tag", "v1");
    project.write("code.js", "2\n");
    project.commit("second");
    project.write("code.js", "3, not yet committed\n");
    project.git("add", "code.js");
    const { code, outputs, tasks } = await outputsOf(project, "update-docs", "-i", "ask=false");
    assert.equal(code, 0, JSON.stringify([...tasks.values()].map(({ id, error }) => [id, error])));
    assert.deepEqual(outputs.pages, ["README.md", "docs/new.md"]);
    assert.equal(project.read("README.md"), "See [modes](docs/new.md).\n");
    const committed = project.git("show", "--name-only", "--format=%s", "HEAD").trim().split("\n");
    assert.deepEqual(committed.slice(2), ["README.md", "docs/new.md"]);
    assert.match(committed[0] ?? "", /^docs: brought in line with the code since [0-9a-f]{12}$/);
    assert.equal(project.git("status", "--porcelain").trim(), "M  code.js");
    const again = await outputsOf(project, "update-docs", "-i", "ask=false", "-i", "since=HEAD~1");
    assert.deepEqual(
      [again.code, again.tasks.get("plan")?.skipReason],
      [0, "finished"],
      "only pages changed",
    );
  });
});

describe("upgrade-dependencies in a real repository", { concurrency: 2, ...needs("git", "make") }, () => {
  // One file a package; the tests want no package at 3 unless the code knows it.
  const TEST =
    'test:\n\t@for p in packages/*; do [ "$$(cat $$p)" != 3 ] || grep -qx "$${p##*/}" adapted; done\n';

  it("keeps what is green or can be adapted, and takes back the rest with all its traces", async () => {
    const project = repository("upgrade-dependencies", {
      adapt: `case $PWD in *) if [ "$(cat packages/stubborn)" = 3 ]; then touch trace; else echo adaptable >> adapted; fi ;; esac`,
    });
    for (const name of ["easy", "adaptable", "stubborn"]) project.write(`packages/${name}`, "1\n");
    project.write("adapted", "");
    project.write("Makefile", TEST);
    project.write("list.sh", "echo easy 1 2; echo adaptable 1 3; echo stubborn 1 3; echo kept 1 2\n");
    project.commit("first");
    const words = [
      "-i",
      "list_command=bash list.sh",
      "-i",
      'upgrade_command=echo "$VERSION" > "packages/$PACKAGE"',
    ];
    const { code, outputs } = await outputsOf(
      project,
      "upgrade-dependencies",
      ...words,
      "-i",
      'keep=["kept"]',
    );
    assert.equal(code, 0);
    assert.deepEqual([outputs.upgraded, outputs.taken_back], [["easy", "adaptable"], ["stubborn"]]);
    assert.equal(project.git("branch", "--show-current").trim(), outputs.branch);
    assert.deepEqual(project.git("log", "--format=%s", "main..").trim().split("\n"), [
      "Upgrade adaptable from 1 to 3",
      "Upgrade easy from 1 to 2",
    ]);
    assert.equal(project.git("status", "--porcelain"), "");
    assert.ok(!existsSync(join(project.path, "trace")));
    assert.equal(project.read("packages/stubborn"), "1\n");
  });

  it("refuses a tree with uncommitted changes, and touches nothing", async () => {
    const project = repository("upgrade-dependencies", {});
    project.write("package.json", "{}");
    const { code, tasks } = await outputsOf(project, "upgrade-dependencies");
    assert.equal(code, 1);
    assert.match(tasks.get("detect")?.error?.message ?? "", /uncommitted changes: commit or stash/);
  });

  it("reads what npm, cargo and go say is outdated", () => {
    const fakes: readonly (readonly [
      file: string,
      program: string,
      script: string,
      found: readonly object[],
    ])[] = [
      [
        "package.json",
        "npm",
        'if [ "$1" = outdated ]; then echo \'{"@a/b": {"current": "1.0.0", "latest": "2.0.0"}, "c": {"latest": "3.0.0"}}\'; exit 1; fi',
        [
          { name: "@a/b", from: "1.0.0", to: "2.0.0" },
          { name: "c", from: "none", to: "3.0.0" },
        ],
      ],
      [
        "Cargo.toml",
        "cargo",
        'if [ "$1" = update ]; then echo "    Updating crates.io index" >&2; echo "    Updating serde v1.0.1 -> v1.0.9" >&2; fi',
        [{ name: "serde", from: "1.0.1", to: "1.0.9" }],
      ],
      [
        "go.mod",
        "go",
        'if [ "$1" = list ]; then echo "golang.org/x/text v0.3.0 v0.9.0"; echo; fi',
        [{ name: "golang.org/x/text", from: "v0.3.0", to: "v0.9.0" }],
      ],
    ];
    for (const [file, program, fake, found] of fakes) {
      const environment = { MANAGER: program, LIST: "", DECAPOD_OUTPUT: "found.json" };
      const programs = { [program]: fake };
      const [code, output] = script(
        "upgrade-dependencies",
        "outdated",
        { [file]: "" },
        environment,
        programs,
      );
      assert.deepEqual([code, JSON.parse(output)], [0, found], program);
    }
  });
});

describe("release in a real repository", { concurrency: 2, ...needs("git", "make") }, () => {
  // Deploying writes into a file outside of the repository; the service is well unless the code says ill.
  const MAKEFILE =
    "test:\n\t@true\ndeploy:\n\t@echo $$VERSION $$(cat code) >> ../deployed\nhealth:\n\t@! grep -q ill code\n";
  const ready = (code: string) => {
    const project = repository("release", {
      notes: "echo nice; echo '# not a comment'",
      explain: "echo the code is ill",
    });
    project.write("Makefile", MAKEFILE);
    project.write("code", "well\n");
    project.commit("first");
    project.git("tag", "--annotate", "--message", "1.3.0", "v1.3.0");
    project.write("code", `${code}\n`);
    project.commit("second");
    return project;
  };
  const deployed = (project: Repository) => project.read("../deployed").trim().split("\n");

  it("tags, deploys, and pushes the tag", async () => {
    const project = ready("better");
    project.git("init", "--quiet", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    const { code, outputs, tasks } = await outputsOf(project, "release", "-i", "version=1.4.0");
    assert.equal(code, 0, JSON.stringify([...tasks.values()].map(({ id, error }) => [id, error])));
    assert.equal(outputs.rolled_back, false);
    assert.deepEqual(deployed(project), ["1.4.0 better"]);
    assert.match(
      project.git("tag", "--list", "--format=%(contents)", "v1.4.0"),
      /^Version 1\.4\.0\n\nnice\n# not/,
    );
    assert.match(project.git("ls-remote", "origin"), /refs\/tags\/v1\.4\.0$/m);
    const twice = await outputsOf(project, "release", "-i", "version=1.4.0");
    assert.match(twice.tasks.get("ready")?.error?.message ?? "", /the tag v1\.4\.0 is there already/);
  });

  it("deploys the tag before again when the new one does not get well, and leaves the tree as it was", async () => {
    const project = ready("ill");
    const { code, outputs, tasks } = await outputsOf(project, "release", "-i", "version=1.4.0");
    assert.deepEqual([code, outputs.rolled_back], [1, true]);
    assert.deepEqual(deployed(project), ["1.4.0 ill", "1.3.0 well"]);
    assert.equal(tasks.get("explain")?.output, "the code is ill");
    assert.equal(project.git("branch", "--show-current").trim(), "main");
    assert.equal(project.git("tag", "--list").trim(), "v1.3.0");
  });

  it("calls the rollback command where one is given, also after a failed deploy", async () => {
    const project = ready("better");
    const words = ["-i", "deploy_command=exit 4", "-i", "rollback_command=echo back > ../deployed"];
    const { code, tasks } = await outputsOf(project, "release", "-i", "version=1.4.0", ...words);
    assert.deepEqual([code, tasks.get("rollback")?.status], [1, "success"]);
    assert.deepEqual(deployed(project), ["back"]);
  });

  it("refuses before anything happens what could not be rolled back", async () => {
    const project = repository("release", {});
    project.write("Makefile", MAKEFILE);
    project.commit("first");
    const { code, tasks } = await outputsOf(project, "release", "-i", "version=1.0.0");
    assert.equal(code, 1);
    assert.match(tasks.get("ready")?.error?.message ?? "", /nothing could be rolled back to/);
    const bad = await project.run("run", "release", "-i", "version=next");
    assert.equal(bad.code, 3, "a version that is none");
  });
});

describe("research writes its report where it was told to", () => {
  const scripts = {
    split: `echo '[{"name": "a", "ask": "b", "worth": 3}]' > "$DECAPOD_OUTPUT"`,
    gather: "echo found",
    synthesis: "echo the answer",
    critic: `echo '{"good": true, "objections": []}' > "$DECAPOD_OUTPUT"`,
  };

  it("inside the project", async () => {
    const project = repository("research", scripts);
    const { code } = await outputsOf(project, "research", "-i", "question=why", "-i", "report=notes/why.md");
    assert.deepEqual([code, project.read("notes/why.md")], [0, "the answer\n"]);
    const outside = await outputsOf(project, "research", "-i", "question=why", "-i", "report=../why.md");
    assert.match(outside.tasks.get("save")?.error?.message ?? "", /lies outside the project/);
  });
});

describe("pages of a site, before anybody writes or reads", { concurrency: 2 }, () => {
  const SITE = { "site/content/prices.md": "x", "site/hugo.toml": "", ".git/HEAD": "" };
  const GIT = { git: "exit 0" };

  it("landing-page takes a slug that can be an address, for a page that is not there", () => {
    const made = (slug: string, at = "site") =>
      script("landing-page", "ready", SITE, { SITE: at, SLUG: slug }, GIT);
    assert.deepEqual(made("summer-auto-promo-2026"), [0, "", ""]);
    for (const wrong of ["index", "a b", "a..", "a*", "-a", "a-", "a/b", "Ü"])
      assert.match(made(wrong)[2], /^a slug is words/, wrong);
    assert.match(made("prices")[2], /content\/prices\.md is there already/);
    assert.match(made("new", "elsewhere")[2], /no folder content/);
  });

  it("update-page takes a page that is there, inside the content", () => {
    const found = (page: string) => script("update-page", "ready", SITE, { SITE: "site", FILE: page }, GIT);
    assert.deepEqual(found("content/prices.md"), [0, "", ""]);
    assert.match(found("content/../hugo.toml")[2], /leads out of the content/);
    assert.match(found("content/nosuch.md")[2], /there is no page site\/content\/nosuch\.md/);
  });
});
