import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import {
  findRoot,
  findWorkflow,
  isProjectFile,
  listWorkflows,
  type Project,
  readProject,
} from "../../src/spec/project.ts";
import { readProjectFile } from "../../src/spec/project-file.ts";
import { NO_SETTINGS } from "../../src/spec/project-settings.ts";

const top = realpathSync(mkdtempSync(join(tmpdir(), "decapod-project-")));
after(() => rmSync(top, { recursive: true, force: true }));

let count = 0;

/** A folder with these files in it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  count += 1;
  const root = join(top, String(count));
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function rootFrom(currentFolder: string, home: string | null = null, asked: string | null = null): string {
  return findRoot({ files: realFiles, asked, currentFolder, home });
}

describe("decapod.yaml against what is there", () => {
  const problems = (text: string, more: Readonly<Record<string, string>> = {}) => {
    const root = folderWith({ "decapod.yaml": text, ...more });
    symlinkSync(top, join(root, "away"));
    const read = readProject({ files: realFiles, asked: root, currentFolder: root, home: null });
    return read.ok ? [] : read.problems.map(({ code, hint, at }) => [code, hint, at?.line, at?.column]);
  };

  it("takes folders of workflows inside the project, also where a link leads, and none that is a file", () => {
    assert.deepEqual(problems("workflows: [flows, later]", { "flows/x.yaml": "" }), []);
    for (const folder of ["away", "away/1", "plain.txt", '""', "~/flows"])
      assert.deepEqual(
        problems(`workflows: [flows, ${folder}]`, { "plain.txt": "" }).map(([code, , line, column]) => [
          code,
          line,
          column,
        ]),
        [["E_OUTSIDE_ROOT", 1, 20]],
        folder,
      );
  });

  it("names drivers that there are", () => {
    assert.deepEqual(problems("agents: { mine: { driver: codx } }"), [["E_CHOICE", "codex", 1, 27]]);
    assert.deepEqual(problems("agents: { mine: { driver: acp, command: goose, args: [acp] } }"), []);
  });

  it("names roles that there are, or new ones that say their driver", () => {
    const own = { ".claude/agents/writer.md": "---\nname: copy-writer\n---\nWrite." };
    for (const name of ["coder", "writer", "copy-writer"])
      assert.deepEqual(problems(`agents: { ${name}: { args: [-v] } }`, own), [], name);
    for (const name of ["mine", "coder-fast", "coder2"])
      assert.deepEqual(problems(`agents: { ${name}: { driver: codex } }`), [], name);
    for (const [name, hint] of [
      ["codr", "coder"],
      ["resaerch", "research"],
      ["copy-writr", "copy-writer"],
    ])
      assert.deepEqual(
        problems(`agents: { ${name}: { driver: codex } }`, own),
        [["E_UNKNOWN_AGENT", hint, 1, 11]],
        name,
      );
    assert.deepEqual(problems("agents: { mine: { args: [-v] } }"), [
      ["E_UNKNOWN_AGENT", "driver: claude-code, or a file: .claude/agents/mine.md", 1, 11],
    ]);
    for (const name of ["shell", "hugo-build"])
      assert.deepEqual(problems(`agents: { ${name}: { driver: codex } }`)[0]?.[0], "E_FIELD_CONTEXT", name);
  });

  it("has one program as a command, and its arguments apart", () => {
    const of = (fields: string) => problems(`agents: { mine: { driver: codex, ${fields} } }`);
    for (const command of ["codex", "./tools/agent", "'/opt/my tools/agent'"])
      assert.deepEqual(of(`command: ${command}`), [], command);
    assert.deepEqual(of("command: codex exec --json"), [
      ["E_TYPE", "command: codex, args: [exec, --json]", 1, 43],
    ]);
    for (const field of ["command: '${env.TOOL}'", 'command: "a\\nb/c"', "args: [x, '${env.TOOL}']"])
      assert.deepEqual(
        of(field).map(([code]) => code),
        ["E_TYPE"],
        field,
      );
    for (const field of ["command: [codex, exec]", "command: ''", "args: exec --json", "comand: codex"])
      assert.equal(of(field).length, 1, field);
    assert.deepEqual(
      problems("agents: { mine: { driver: '${x}' } }").map(([code]) => code),
      ["E_TYPE"],
    );
    assert.deepEqual(problems("agents: { mine: { driver: acp } }"), [
      ["E_REQUIRED", "command: PROGRAM", 1, 27],
    ]);
  });
});

describe("the project root", () => {
  it("is the nearest folder upward that looks like a project", () => {
    const root = folderWith({ "decapod.yaml": "", "a/.claude/workflows/x.yaml": "", "a/b/c/.keep": "" });
    assert.equal(rootFrom(join(root, "a/b/c")), join(root, "a"));
    assert.equal(rootFrom(root), root);
    const state = folderWith({ ".claude/workflow-state/x": "", "b/.keep": "" });
    assert.equal(rootFrom(join(state, "b")), state);
  });
  it("is never above the git root, which is also the fallback; a worktree has a file of that name", () => {
    const root = folderWith({
      "decapod.yaml": "",
      "repo/.git/HEAD": "",
      "repo/b/.keep": "",
      "tree/.git": "gitdir: x",
      "tree/b/.keep": "",
    });
    assert.equal(rootFrom(join(root, "repo/b")), join(root, "repo"));
    assert.equal(rootFrom(join(root, "tree/b")), join(root, "tree"));
  });
  it("is never the home folder by what lies in it", () => {
    const home = folderWith({ ".claude/workflows/x.yaml": "", "work/.keep": "" });
    assert.equal(rootFrom(join(home, "work"), home), join(home, "work"));
  });
  it("is never the top of the file system, nor a folder in which everybody may write", () => {
    const shared = folderWith({ ".claude/workflows/x.yaml": "", "work/.keep": "" });
    assert.equal(rootFrom(join(shared, "work")), shared);
    chmodSync(shared, 0o1777);
    assert.equal(rootFrom(join(shared, "work")), join(shared, "work"));
    mkdirSync(join(shared, ".git"));
    assert.equal(rootFrom(join(shared, "work")), join(shared, "work"));
    const top = { ...realFiles, exists: (path: string) => path === "/.claude/workflows" };
    const looking = { files: top, asked: null, currentFolder: "/nowhere/at/all", home: null };
    assert.equal(findRoot(looking), "/nowhere/at/all");
  });
  it("is what --project says", () => {
    const root = folderWith({ "decapod.yaml": "", "b/.keep": "" });
    assert.equal(rootFrom(root, null, "b"), join(root, "b"));
    const gone = readProject({ files: realFiles, asked: "nowhere", currentFolder: root, home: null });
    assert.ok(!gone.ok && gone.problems[0]?.code === "E_NOT_FOUND");
  });
});

describe("decapod.yaml", () => {
  it("has all its keys", () => {
    const read = readProjectFile(
      "decapod.yaml",
      `workflows: [flows]
env: { pass: [HOME] }
slots: 4
durability: fast
limits: { tasks: 20, fan_out: 50, budget_per_day: { usd: 2.5 } }
agents: { coder: { driver: codex, command: codex, args: [exec] } }
redact: [geheimnis, '\${env.TOKEN}']
retention: { runs: 10d, logs: 1d, min_runs: 5 }
checks: [npm test]
production_branches: [main, "release/*"]
targets: { staging: { bucket: www-staging, prefix: site, endpoint: "http://127.0.0.1:8080", credentials: { access_key_id: ID, secret_access_key: KEY } } }
errors: [{ class: disk_full, match: No space left }]
x-note: free
`,
    );
    assert.ok(read.ok, JSON.stringify(read));
    const { agents, retention, targets, ...rest } = read.value;
    assert.deepEqual(rest, {
      workflows: ["flows"],
      environmentPass: ["HOME"],
      slots: 4,
      durability: "fast",
      limits: { tasks: 20 },
      budgetPerDay: { usd: 2.5, tokens: null },
      fanOut: 50,
      redact: [{ text: "geheimnis" }, { env: "TOKEN" }],
      checks: ["npm test"],
      productionBranches: ["main", "release/*"],
      errors: [{ class: "disk_full", action: "retry", lines: [{ parts: ["No space left"] }] }],
    });
    assert.deepEqual(agents.get("coder"), { driver: "codex", command: "codex", args: ["exec"] });
    const staging = targets.get("staging");
    assert.equal(staging?.prefix, "site/");
    assert.equal(staging?.compat, "generic");
    assert.deepEqual(staging?.credentials, {
      accessKeyId: "ID",
      secretAccessKey: "KEY",
      sessionToken: null,
    });
    assert.deepEqual(retention, { runsSeconds: 864_000, logsSeconds: 86_400, runsMin: 5 });
  });
  it("may be empty, and refuses unknown keys and folders outside", () => {
    assert.deepEqual(readProjectFile("decapod.yaml", ""), { ok: true, value: NO_SETTINGS });
    const unknown = readProjectFile("decapod.yaml", "workflow: [a]\nworkflows: [../b]");
    assert.ok(!unknown.ok);
    assert.deepEqual(
      unknown.problems.map(({ code, at }) => [code, at?.line]),
      [
        ["E_UNKNOWN_KEY", 1],
        ["E_OUTSIDE_ROOT", 2],
      ],
    );
  });
});

describe("production_branches of decapod.yaml", () => {
  for (const branch of ["a b", "x;id", "$(id)", "a|b", "'", "-f", "", "a\\nb"])
    it(`are names that a script can hold, unlike ${JSON.stringify(branch)}`, () => {
      const read = readProjectFile("decapod.yaml", `production_branches: ["${branch}"]`);
      assert.ok(!read.ok);
      assert.equal(read.problems[0]?.code, "E_TYPE");
    });
});

describe("C2: targets of decapod.yaml", () => {
  for (const [written, code] of [
    ['{ bucket: "x --endpoint-url http://evil" }', "E_ARG"],
    ["{ bucket: www, region: '../x' }", "E_ARG"],
    ["{ bucket: www, distribution_id: '*' }", "E_ARG"],
    ["{ bucket: www, profile: 'default;id' }", "E_ARG"],
    ["{ bucket: www, credentials: { access_key_id: ID, secret_access_key: a/secret+value } }", "E_ARG"],
    ["{ bucket: www, endpoint: 'http://good@evil.example' }", "E_URL"],
    ["{ bucket: www, endpoint: 'file:///etc/passwd' }", "E_URL"],
    ["{ bucket: www, url: 'http://169.254.169.254/' }", "E_URL"],
    ["{ bucket: www, buckets: other }", "E_UNKNOWN_KEY"],
    ["{ region: eu-central-1 }", "E_REQUIRED"],
  ] as const)
    it(`${code}: ${written}`, () => {
      const read = readProjectFile("decapod.yaml", `targets:\n  staging: ${written}`);
      assert.ok(!read.ok);
      assert.deepEqual(
        read.problems.map((one) => [one.code, one.at?.line]),
        [[code, 2]],
      );
    });
});

describe("workflows of a project", () => {
  const root = folderWith({
    "decapod.yaml": "workflows: [flows]",
    ".claude/workflows/publish.yaml": "name: publish-site\ntasks: []",
    ".claude/workflows/publish.rehearsal.yaml": "",
    ".claude/workflows/notes.md": "",
    "flows/nightly.json": '{"name": "night", "tasks": []}',
    "flows/publish.yml": "name: other",
    "built-in/hello.yaml": "name: hello",
    "loose.yaml": "name: loose",
  });
  const project: Project = { root, settings: { ...NO_SETTINGS, workflows: ["flows"] }, file: null };
  const builtInFolders = [join(root, "built-in")];
  const find = (name: string) => findWorkflow(project, realFiles, { name, folder: root, builtInFolders });
  const found = (name: string) => {
    const read = find(name);
    return read.ok ? read.value.shown : (read.problems[0]?.hint ?? "");
  };

  it("lists them, the project's own first", () => {
    const names = listWorkflows(project, realFiles, builtInFolders).map(
      ({ name, from }) => `${name} ${from}`,
    );
    assert.deepEqual(names, ["publish project", "nightly folder", "hello built-in"]);
  });
  it("finds one by file name, by the name inside, or by path", () => {
    assert.equal(found("publish"), ".claude/workflows/publish.yaml");
    assert.equal(found("publish-site"), ".claude/workflows/publish.yaml");
    assert.equal(found("night"), "flows/nightly.json");
    assert.equal(found("loose.yaml"), "loose.yaml");
    assert.equal(found("./flows/nightly.json"), "flows/nightly.json");
  });
  it("names the nearest of one that is not there", () => {
    assert.equal(found("publich"), "publish");
    assert.equal(find("gone/x.yaml").ok, false);
  });
  it("knows which files are the project's own", () => {
    assert.equal(isProjectFile(project, join(root, ".claude/workflows/publish.yaml")), true);
    assert.equal(isProjectFile(project, join(root, "flows/nightly.json")), true);
    assert.equal(isProjectFile(project, join(root, "loose.yaml")), false);
  });
});
