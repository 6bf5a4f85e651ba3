/** workflow list, show and fmt, over a project of its own and the templates that come with decapod. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decapod } from "../../test/support/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "decapod-workflows-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const templates = join(import.meta.dirname, "../../templates");
const setting = { folder, builtInFolders: [templates], environment: { SHIP_KEY: "0123456789" } };

const SHIP = `name: ship
description: |
  Ships it.
  In two steps.
params:
  tag: { type: string, required: true, description: what is shipped }
  where: { enum: [dev, production], default: dev }
  tries: { type: number, default: "\${fn:length(where)}" }
settings: { max_parallel: 2, timeout: 90, budget: { usd: 3 } }
triggers: [{ cron: "0 7 * * *", params: { tag: nightly } }]
context: { secrets: { KEY: { env: SHIP_KEY }, CERT: { file: cert.pem }, PIN: { command: [pass, show, pin] } } }
tasks:
  - id: build
    agent: shell
    retry: { max_attempts: 3 }
    env: { KEY: "\${secrets.KEY}", CERT: "\${secrets.CERT}", PIN: "\${secrets.PIN}" }
    parameters: { command: [make, "\${tag}"] }
  - id: each
    agent: group
    dependencies: [build]
    foreach: { items: [a, b], as: part }
    parameters:
      tasks:
        - { id: write, agent: coder, condition: "\${part != 'a'}", parameters: { task: "\${part}" } }
  - { id: go, agent: approval, dependencies: [each], parameters: { mode: phrase, phrase: SHIP IT } }
  - { id: out, agent: workflow, dependencies: [go], parameters: { name: hello } }
  - { id: deploy, agent: deploy, dependencies: [out], pool: big, labels: [aws], parameters: { environment: dev } }
hooks:
  on_failure: [{ id: tell, agent: shell, parameters: { run: "true" } }]
outputs: { done: "\${deploy.status}" }
`;
mkdirSync(join(folder, ".claude/workflows"), { recursive: true });
mkdirSync(join(folder, "flows"));
writeFileSync(join(folder, "decapod.yaml"), "workflows: [flows]\n");
writeFileSync(join(folder, ".claude/workflows/ship.yaml"), SHIP);
writeFileSync(join(folder, ".claude/workflows/release.yaml"), "name: release\ntasks: []\n");
writeFileSync(join(folder, "flows/broken.yaml"), "name: [\n");
writeFileSync(
  join(folder, "flows/bare.json"),
  '{"name": "bare", "tasks": [{"id": "one"}, {"id": "two"}, 3]}',
);

describe("workflow list", () => {
  it("says of each where it comes from and what it does, the project's own before those of decapod", async () => {
    const { code, stdout, stderr } = await decapod(setting, "workflow", "list");
    assert.equal(code, 0);
    const rows = new Map(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => [line.split("\t")[0], line.split("\t").slice(1)]),
    );
    assert.deepEqual(rows.get("ship"), ["project", ".claude/workflows/ship.yaml", "Ships it."]);
    assert.deepEqual(rows.get("bare"), ["folder", "flows/bare.json", "one, two"]);
    assert.deepEqual(rows.get("broken"), [
      "folder",
      "flows/broken.yaml",
      "cannot be read: decapod validate says why",
    ]);
    assert.equal(rows.get("release")?.[0], "project", "a workflow of the project stands in for the template");
    assert.deepEqual(rows.get("hello")?.[0], "built-in");
    assert.match(stderr, /next: decapod workflow show release\n$/);
  });

  it("neither names nor waits for what is no file: a pipe, a socket", async () => {
    const here = { ...setting, folder: join(folder, "pipes") };
    const workflows = join(here.folder, ".claude/workflows");
    mkdirSync(workflows, { recursive: true });
    assert.equal(spawnSync("mkfifo", [join(workflows, "pipe.yaml")]).status, 0);
    symlinkSync("pipe.yaml", join(workflows, "link.yaml"));
    assert.doesNotMatch((await decapod(here, "workflow", "list")).stdout, /pipe|link/);
    for (const name of ["pipe", "link", "other"])
      assert.match((await decapod(here, "validate", name)).stderr, /E_NOT_FOUND there is no workflow/);
  });

  it("answers --json with name, place, file and description", async () => {
    const { workflows } = JSON.parse((await decapod(setting, "workflow", "list", "--json")).stdout);
    assert.deepEqual(
      workflows.find(({ name }: { name: string }) => name === "ship"),
      { name: "ship", from: "project", file: ".claude/workflows/ship.yaml", description: "Ships it." },
    );
    assert.equal(workflows.find(({ name }: { name: string }) => name === "broken").description, null);
  });

  it("leaves the file out at a terminal that is not asked for everything", async () => {
    const terminal = { columns: 100, rows: 30 };
    const narrow = await decapod({ ...setting, terminal }, "workflow", "list");
    assert.match(narrow.stdout, /WORKFLOW.*FROM.*WHAT/);
    assert.doesNotMatch(narrow.stdout, /ship\.yaml/);
    assert.match(
      (await decapod({ ...setting, terminal }, "workflow", "list", "--wide")).stdout,
      /ship\.yaml/,
    );
  });
});

describe("workflow show", () => {
  it("shows params with types and defaults, tasks of groups too, and what it would need", async () => {
    const { code, stdout, stderr } = await decapod(setting, "workflow", "show", "ship");
    assert.equal(code, 0, stderr);
    const lines = stdout.split("\n");
    for (const line of [
      "workflow\tship",
      "limits\t2 at once, at most 1m30s, after a failure: stop, $3",
      "starts\tcron 0 7 * * *",
      "gives\tdone",
      "tag\tstring\trequired\twhat is shipped",
      'where\tdev|production\t"dev"\t',
      'tries\tnumber\t"${fn:length(where)}"\t',
      "build\tshell\t\t3 attempts",
      'each\tgroup\tbuild\tfor each part of ["a","b"]',
      "each/write\tcoder\t\tif part != 'a'",
      "go\tapproval\teach\ta person types SHIP IT",
      "tell\tshell\t\ton_failure",
      "needs roles\tcoder: an agent program",
      "needs workers\tdeploy",
      "needs secret\tKEY from the environment variable SHIP_KEY",
      "needs secret\tCERT from the file cert.pem: missing here",
      "needs secret\tPIN from the command pass",
      "needs workflows\thello",
      "needs programs\tmake",
      "needs pools\tbig",
      "needs labels\taws",
    ])
      assert.ok(lines.includes(line), `${line}\nin:\n${stdout}`);
    assert.doesNotMatch(stdout, /0123456789/, "no value of a secret");
    assert.match(stderr, /next: decapod run ship -i tag=… --dry-run\n$/);
  });

  it("answers --json with one document that has all of it", async () => {
    const { stdout } = await decapod(setting, "workflow", "show", "ship", "--json");
    const { schemaVersion, workflow } = JSON.parse(stdout);
    assert.equal(schemaVersion, 1);
    assert.deepEqual(
      [workflow.name, workflow.from, workflow.outputs, workflow.digest.length],
      ["ship", "project", ["done"], 64],
    );
    assert.deepEqual(workflow.params[1], {
      name: "where",
      type: "string",
      description: "",
      required: false,
      enum: ["dev", "production"],
      default: "dev",
      pattern: null,
      min: null,
      max: null,
    });
    assert.deepEqual(
      workflow.tasks.map(({ name }: { name: string }) => name),
      ["build", "each", "each/write", "go", "out", "deploy", "tell"],
    );
    assert.deepEqual(workflow.needs.secrets[1], { name: "CERT", from: "the file cert.pem", found: false });
    assert.equal(workflow.needs.secrets[2].found, null);
  });

  it("refuses a workflow that is not there, and shows what is wrong with one that is", async () => {
    assert.equal((await decapod(setting, "workflow", "show", "shipp")).code, 10);
    const broken = await decapod(setting, "workflow", "show", "broken");
    assert.equal(broken.code, 3);
    assert.match(broken.stderr, /^error E_YAML_/);
  });
});

describe("workflow fmt", () => {
  const BAD_ORDER = "tasks: []\nname: x\n";
  const GOOD_ORDER = "name: x\ntasks: []\n";
  const project = (files: Readonly<Record<string, string>>) => {
    const root = mkdtempSync(join(folder, "fmt-"));
    mkdirSync(join(root, ".claude/workflows"), { recursive: true });
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(root, ".claude/workflows", name), text);
    return { folder: root, builtInFolders: [templates] };
  };
  const textOf = (root: string, name: string) => readFileSync(join(root, ".claude/workflows", name), "utf8");

  it("formats all of the project, names what it changed, and finds nothing more to do", async () => {
    const all = project({ "a.yaml": BAD_ORDER, "b.yaml": GOOD_ORDER, "a.rehearsal.yaml": "b:   []\n" });
    const first = await decapod(all, "workflow", "fmt");
    assert.deepEqual(first, {
      code: 0,
      stdout: ".claude/workflows/a.yaml\n",
      stderr: "1 of 2 files changed\n",
    });
    assert.equal(textOf(all.folder, "a.yaml"), GOOD_ORDER);
    assert.equal(textOf(all.folder, "a.rehearsal.yaml"), "b:   []\n");
    assert.deepEqual(await decapod(all, "workflow", "fmt"), {
      code: 0,
      stdout: "",
      stderr: "2 files, none changed\n",
    });
    assert.equal((await decapod(all, "workflow", "fmt", "--check")).code, 0);
  });

  it("--check changes nothing, names the files, and ends with 1", async () => {
    const all = project({ "a.yaml": BAD_ORDER, "b.json": '{"tasks":[],"name":"b"}' });
    const { code, stdout, stderr } = await decapod(all, "workflow", "fmt", "--check");
    assert.deepEqual([code, stdout], [1, ".claude/workflows/a.yaml\n.claude/workflows/b.json\n"]);
    assert.equal(stderr, "2 of 2 files would be changed\nnext: decapod workflow fmt\n");
    assert.equal(textOf(all.folder, "a.yaml"), BAD_ORDER);
    const json = JSON.parse((await decapod(all, "workflow", "fmt", "--check", "a", "--json")).stdout);
    assert.deepEqual(json, {
      schemaVersion: 1,
      files: [{ file: ".claude/workflows/a.yaml", changed: true, problems: [] }],
    });
  });

  it("shows what is wrong with a file and formats the others", async () => {
    const all = project({ "a.yaml": BAD_ORDER, "bad.yaml": "name: [\n" });
    const { code, stdout, stderr } = await decapod(all, "workflow", "fmt");
    assert.deepEqual([code, stdout], [3, ".claude/workflows/a.yaml\n"]);
    assert.match(stderr, /^error E_YAML_SYNTAX [\s\S]*--> \.claude\/workflows\/bad\.yaml:2:1/);
    assert.equal(textOf(all.folder, "bad.yaml"), "name: [\n");
  });

  it("keeps the modes of a file, and a link a link", async () => {
    const all = project({ "a.yaml": BAD_ORDER });
    const file = join(all.folder, ".claude/workflows/a.yaml");
    chmodSync(file, 0o640);
    symlinkSync(file, join(all.folder, "linked.yaml"));
    assert.equal((await decapod(all, "workflow", "fmt", "linked.yaml")).stdout, "linked.yaml\n");
    assert.equal(textOf(all.folder, "a.yaml"), GOOD_ORDER);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.ok(lstatSync(join(all.folder, "linked.yaml")).isSymbolicLink());
  });

  it("leaves alone what comes with decapod, and says so where there is nothing to do", async () => {
    const none = project({});
    const builtIn = await decapod(none, "workflow", "fmt", "hello");
    assert.equal(builtIn.code, 4);
    assert.match(
      builtIn.stderr,
      /E_NOT_ALLOWED hello comes with decapod\n {2}try: decapod workflow new NAME --template hello/,
    );
    assert.equal((await decapod(none, "workflow", "fmt")).code, 10);
    assert.equal((await decapod(none, "workflow", "fmt", "gone.yaml")).code, 10);
  });
});
