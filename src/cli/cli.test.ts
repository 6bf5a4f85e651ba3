import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { captured, decapod, makeApplication } from "../../test/support/command-line.ts";
import { runCommandLine } from "./cli.ts";
import { COMMANDS } from "./registry.ts";
import { TOPIC_NAMES } from "./topic-names.ts";

const folder = mkdtempSync(join(tmpdir(), "decapod-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, ".claude/workflows"), { recursive: true });

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const BUILD = `name: build
params:
  target: { type: string, enum: [dev, production], default: dev }
  tag: { type: string, required: true }
settings: { max_parallel: 4 }
tasks:
  - id: compile
    agent: shell
    env: { TAG: "\${tag}" }
    parameters: { command: [make, "\${target}", "\${tag}"] }
  - id: ask
    agent: approval
    dependencies: [compile]
    parameters: { mode: phrase, phrase: SHIP IT, message: "Ship \${tag}?" }
  - id: ship
    agent: shell
    dependencies: [ask, compile]
    env: { FILES: "\${compile.output.files}" }
    parameters: { run: ./ship }
`;
file(".claude/workflows/build.yaml", BUILD);

describe("the words of the command line", () => {
  it("answers --version and version in the same words", async () => {
    assert.deepEqual(await decapod({ folder }, "--version"), {
      code: 0,
      stdout: "decapod 0.1.0\n",
      stderr: "",
    });
    assert.deepEqual(await decapod({ folder }, "version"), {
      code: 0,
      stdout: "decapod 0.1.0\n",
      stderr: "",
    });
    const { schemaVersion, version } = JSON.parse((await decapod({ folder }, "version", "--json")).stdout);
    assert.deepEqual([schemaVersion, version], [1, "0.1.0"]);
  });

  it("lists every command in its help, and ends with 0", async () => {
    const { code, stdout } = await decapod({ folder }, "--help");
    assert.equal(code, 0);
    for (const { name, isHidden = false } of COMMANDS) {
      const [first = ""] = name.split(" ");
      assert.equal(new RegExp(`^ {2}${first}\\b`, "m").test(stdout), !isHidden, name);
    }
  });

  it("shows help when nothing is said", async () => {
    const { code, stdout } = await decapod({ folder });
    assert.equal(code, 0);
    assert.match(stdout, /Usage: decapod/);
  });

  it("keeps the help of each command on one screen, with examples", async () => {
    for (const { name, isHidden = false } of COMMANDS) {
      if (isHidden) continue;
      const words = name.split(" ");
      const { code, stdout } = await decapod({ folder }, "help", ...words);
      assert.equal(code, 0);
      assert.ok(stdout.split("\n").length <= 40, `${name}: ${stdout.split("\n").length} lines`);
      assert.match(stdout, /Examples:/);
      assert.equal(stdout, (await decapod({ folder }, ...words, "--help")).stdout);
    }
  });

  it("shows the verbs of a noun that stands alone, and suggests the one that was meant", async () => {
    const { code, stdout } = await decapod({ folder }, "workflow");
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: decapod workflow <verb>$/m);
    assert.match(stdout, /^ {2}list\b/m);
    assert.equal(stdout, (await decapod({ folder }, "help", "workflow")).stdout);
    const near = await decapod({ folder }, "workflow", "lst");
    assert.equal(near.code, 2);
    assert.match(near.stderr, /^error E_USAGE unknown command 'lst'\n {2}try: list\n$/);
    const far = await decapod({ folder }, "workflow", "qqqqqq");
    assert.match(far.stderr, /try: decapod help workflow\n$/);
    const option = await decapod({ folder }, "workflow", "list", "--yaml");
    assert.match(option.stderr, /unknown option '--yaml'\n {2}try: decapod help workflow list\n$/);
  });

  it("ends with 2 for words it does not know, and names the one that was meant", async () => {
    const unknown = await decapod({ folder }, "stats");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /^error E_USAGE unknown command 'stats'\n {2}try: status\n$/);
    const option = await decapod({ folder }, "run", "build", "--dry-rum");
    assert.equal(option.code, 2);
    assert.match(option.stderr, /E_USAGE unknown option '--dry-rum'\n {2}try: --dry-run/);
    assert.equal((await decapod({ folder }, "run")).code, 2);
    assert.equal((await decapod({ folder }, "runs", "one", "two")).code, 2);
    assert.equal(
      (await decapod({ folder }, "run", "build", "--max-parallel", "none", "-i", "tag=1")).code,
      2,
    );
  });

  it("ends with 2 for a colour that does not exist, with 0 for one that does", async () => {
    const wrong = await decapod({ folder }, "version", "--color", "pink");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /E_COLOR/);
    assert.equal((await decapod({ folder }, "version", "--color", "never")).code, 0);
  });

  it("prints one document on standard output when the words are wrong and --json is among them", async () => {
    const { code, stdout, stderr } = await decapod({ folder }, "--json", "stats");
    assert.deepEqual([code, stderr], [2, ""]);
    const { schemaVersion, error, problems } = JSON.parse(stdout);
    assert.deepEqual([schemaVersion, problems.length], [1, 1]);
    assert.deepEqual(Object.keys(error), ["code", "message", "hint", "at", "retryable"]);
    assert.equal(error.code, "E_USAGE");
  });

  it("prints the pages of help", async () => {
    for (const topic of ["exit-codes", "expressions", "files"])
      assert.equal((await decapod({ folder }, "help", topic)).code, 0);
    const wrong = await decapod({ folder }, "help", "exit-code");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /try: decapod help exit-codes/);
  });

  it("breaks its pages at words where the screen is narrow", async () => {
    const terminal = { columns: 80, rows: 24 };
    const names = [...TOPIC_NAMES, "task", ...COMMANDS.map(({ name }) => name)];
    const pages = names.map((name) => ["help", ...name.split(" ")]);
    for (const words of [...pages, ["--help"]]) {
      const { stdout } = await decapod({ folder, terminal, environment: { NO_COLOR: "1" } }, ...words);
      const tooWide = stdout.split("\n").filter((line) => [...line].length > 80);
      assert.deepEqual(tooWide, [], words.join(" "));
    }
  });

  it("stands below what it explains where there is no room beside it; what is typed stays whole", async () => {
    const pages = COMMANDS.map(({ name }) => ["help", ...name.split(" ")]);
    const helped = (words: readonly string[], terminal?: { columns: number; rows: number }) =>
      decapod({ folder, ...(terminal && { terminal }), environment: { NO_COLOR: "1" } }, ...words);
    for (const words of [["--help"], ["help"], ...pages]) {
      const { stdout } = await helped(words, { columns: 40, rows: 24 });
      const isTyped = (line: string) => /^( {2}\$| {2}-| {2}[a-z-]+ \[|Usage:)/.test(line);
      const tooWide = stdout.split("\n").filter((line) => [...line].length > 40 && !isTyped(line));
      assert.deepEqual(tooWide, [], words.join(" "));
    }
    const { stdout } = await helped(["help", "cancel"], { columns: 40, rows: 24 });
    assert.match(stdout, /^ {2}--reason <text>\n {6}\S.*$/m);
    assert.match((await helped(["help", "cancel"])).stdout, /^ {2}--reason <text> {2,}\S.*$/m);
  });

  it("escapes and cuts what is hostile in a word", async () => {
    const { stderr } = await decapod({ folder }, "run", `\x1b[2J\x1b]52;c;x\x07${"a".repeat(500)}`);
    assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
    for (const line of stderr.split("\n")) assert.ok(line.length < 260, line);
  });
});

describe("validate", () => {
  it("checks all workflows of the project when none is named", async () => {
    const { code, stdout, stderr } = await decapod({ folder }, "validate");
    assert.equal(code, 0);
    assert.match(stdout, /^✓ valid .*build\.yaml {2}build, 3 tasks\n$/);
    assert.match(stderr, /next: decapod run build --dry-run/);
  });

  it("shows each problem with its line, what to try, and how many there are", async () => {
    const path = file(
      "bad.yaml",
      "name: bad\ntasks:\n  - id: one\n    agent: shell\n    dependencis: [two]\n    parameters: { run: ls }\n",
    );
    const { code, stderr } = await decapod({ folder }, "validate", path);
    assert.equal(code, 3);
    assert.match(stderr, /error E_UNKNOWN_KEY .*dependencis/);
    assert.match(stderr, /--> bad\.yaml:5:5/);
    assert.match(stderr, /5 \|\s+dependencis: \[two\]/);
    assert.match(stderr, /try: dependencies/);
    assert.match(stderr, /2 problems in 1 file/);
  });

  it("has its own document with --json", async () => {
    const { code, stdout } = await decapod({ folder }, "validate", "bad.yaml", "build", "--json");
    assert.equal(code, 3);
    const { schemaVersion, files } = JSON.parse(stdout);
    assert.equal(schemaVersion, 1);
    assert.deepEqual(
      files.map((one: { ok: boolean }) => one.ok),
      [false, true],
    );
    assert.deepEqual(Object.keys(files[0].problems[0]), ["code", "message", "hint", "line", "column"]);
  });

  it("says what an empty, a missing and a large file is", async () => {
    assert.equal((await decapod({ folder }, "validate", file("empty.yaml", ""))).code, 3);
    const missing = await decapod({ folder }, "validate", "nothing.yaml");
    assert.equal(missing.code, 10);
    assert.match(missing.stderr, /E_NOT_FOUND there is no file nothing\.yaml/);
    const large = await decapod(
      { folder },
      "validate",
      file("large.yaml", `name: x\ntasks: [${" ".repeat(5 << 20)}]`),
    );
    assert.equal(large.code, 3);
    assert.match(large.stderr, /E_TOO_LARGE/);
  });
});

describe("run before anything starts", () => {
  it("lists missing params, refuses wrong ones and a key given twice", async () => {
    const missing = await decapod({ folder }, "run", "build");
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /E_PARAM_MISSING no value for tag\n {2}try: -i tag=/);
    assert.match(
      (await decapod({ folder }, "run", "build", "-i", "tag=1", "-i", "target=moon")).stderr,
      /E_PARAM_CHOICE/,
    );
    assert.match(
      (await decapod({ folder }, "run", "build", "-i", "tagg=1")).stderr,
      /E_PARAM_UNKNOWN[\s\S]*try: tag/,
    );
    const twice = await decapod({ folder }, "run", "build", "-i", "tag=1", "--var", "tag=2");
    assert.equal(twice.code, 2);
    const several = await decapod({ folder }, "run", "build", "-i", "target=moon", "-i", "x=1");
    assert.match(several.stderr, /2 problems, nothing was started\n$/);
  });

  it("refuses a field that no run has, before anything is opened", async () => {
    for (const words of [["run", "build", "-i", "tag=1"], ["resume"], ["cancel", "r-7k2m"]]) {
      const { code, stdout } = await decapod({ folder }, ...words, "--json=id,colour");
      assert.equal(code, 2, words.join(" "));
      assert.match(JSON.parse(stdout).error.message, /there is no field colour/);
    }
  });

  it("takes params from a file", async () => {
    file("inputs.json", '{"tag": "v2", "target": "production"}');
    const { code, stdout } = await decapod(
      { folder },
      "run",
      "build",
      "--inputs",
      "inputs.json",
      "--dry-run",
    );
    assert.equal(code, 0);
    assert.match(stdout, /target=production/);
    assert.equal((await decapod({ folder }, "run", "build", "--inputs", "none.json")).code, 10);
    const pipe = await decapod({ folder }, "run", "build", "--inputs", "/dev/null");
    assert.match(pipe.stderr, /E_NOT_FOUND \/dev\/null is no ordinary file/);
  });

  it("prints the plan: steps, agents, commands as far as known, gates", async () => {
    const { code, stdout, stderr } = await decapod({ folder }, "run", "build", "-i", "tag=v1", "--dry-run");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^plan build {2}tag=v1 {2}target=dev {2}3 tasks, 4 at once/);
    assert.match(stdout, /^ 1 {2}compile {2}shell$/m);
    assert.match(stdout, /\$ make dev v1/);
    assert.match(stdout, /^ 2 {2}ask .*after compile/m);
    assert.match(stdout, /◇ asks a person, who types SHIP IT: Ship v1\?/);
    const { plan } = JSON.parse(
      (await decapod({ folder }, "run", "build", "-i", "tag=v1", "--dry-run", "--json")).stdout,
    );
    assert.equal(plan.tasks[2].environment.FILES, "${compile.output.files}");
  });

  it("reads settings from params, and refuses what they make of them before anything starts", async () => {
    const numbers = "{ max_parallel: '${width}', timeout: '${width * 60}', budget: { usd: '${width}' } }";
    const task = "{ id: a, agent: shell, parameters: { run: ls }, retry: { max_attempts: '${width}' } }";
    const params = "params: { width: { type: number } }";
    file("wide.yaml", `name: wide\n${params}\nsettings: ${numbers}\ntasks: [${task}]\n`);
    const run = ["run", "wide.yaml", "-i"];
    const wide = await decapod({ folder }, ...run, "width=4", "--dry-run");
    assert.match(wide.stdout, /^plan wide {2}width=4 {2}1 task, 4 at once, at most 4m/);
    const { plan } = JSON.parse((await decapod({ folder }, ...run, "width=4", "--dry-run", "--json")).stdout);
    const { maxParallel, timeoutSeconds, budget, tasks } = plan;
    assert.deepEqual(
      [maxParallel, timeoutSeconds, budget, tasks[0].attemptsMax],
      [4, 240, { usd: 4, tokens: null }, 4],
    );
    const none = await decapod({ folder }, ...run, "width=0");
    assert.equal(none.code, 3);
    assert.match(
      none.stderr,
      /E_RANGE settings.max_parallel gave 0, a whole number from 1 to 1,000 is needed/,
    );
    const shown = await decapod({ folder }, "workflow", "show", "wide.yaml");
    assert.match(shown.stdout, /\$\{width\} at once/);
  });

  it("says of secrets where they are looked for and whether they are there, never what they are", async () => {
    const inner = "{ id: w, agent: workflow, parameters: { name: keyed-inner, secrets: [HERE] } }";
    const uses = (...names: readonly string[]) =>
      `{ id: a, agent: shell, env: { ${names.map((name) => `${name}: "\${secrets.${name}}"`).join(", ")} }, parameters: { run: ls } }`;
    const sources =
      "HERE: { env: HERE }, GONE: { file: gone.txt }, ASKED: { command: [touch, asked.txt] }, UNUSED: { env: X }";
    file(
      ".claude/workflows/keyed.yaml",
      `name: keyed\ncontext: { secrets: { ${sources} } }\ntasks:\n  - ${uses("HERE", "GONE", "ASKED")}\n  - ${inner}\n`,
    );
    file(
      ".claude/workflows/keyed-inner.yaml",
      `name: keyed-inner\ncontext: { secrets: { HERE: { env: OTHER }, DEEP: { env: DEEP } } }\ntasks:\n  - ${uses("HERE", "DEEP")}\n`,
    );
    const here = { folder, environment: { HERE: "a-secret-value" } };
    const lines = [
      "HERE from the environment variable HERE: found",
      "GONE from the file gone.txt: missing here",
      "ASKED from the command touch: only running it would tell",
      "DEEP from the environment variable DEEP: missing here",
    ];
    const told = ({ stdout }: { readonly stdout: string }) =>
      stdout.split("\n").flatMap((line) => /^ +secret (.*)$/.exec(line)?.[1] ?? []);
    const validated = await decapod(here, "validate", "keyed");
    assert.deepEqual([validated.code, told(validated)], [0, lines]);
    const planned = await decapod(here, "run", "keyed", "--dry-run");
    assert.deepEqual([planned.code, told(planned)], [0, lines]);
    const document = JSON.parse((await decapod(here, "validate", "keyed", "--json")).stdout);
    assert.deepEqual(document.files[0].secrets[1], { name: "GONE", from: "the file gone.txt", found: false });
    const { plan } = JSON.parse((await decapod(here, "run", "keyed", "--dry-run", "--json")).stdout);
    assert.deepEqual(plan.secrets, document.files[0].secrets);
    assert.ok(!`${validated.stdout}${planned.stdout}${JSON.stringify(document)}`.includes("a-secret-value"));
    assert.ok(!existsSync(join(folder, "asked.txt")));
  });

  it("never leaves an approval before a selected task out", async () => {
    const words = ["run", "build", "-i", "tag=v1", "--dry-run", "--json", "--only", "ship"];
    const { plan } = JSON.parse((await decapod({ folder }, ...words)).stdout);
    const left = plan.tasks.map(({ id, isLeftOut }: { id: string; isLeftOut: boolean }) => [id, isLeftOut]);
    assert.deepEqual(left, [
      ["compile", true],
      ["ask", false],
      ["ship", false],
    ]);
  });

  it("refuses selections that cannot be meant", async () => {
    const unknown = await decapod({ folder }, "run", "build", "-i", "tag=1", "--dry-run", "--only", "shp");
    assert.equal(unknown.code, 3);
    assert.match(unknown.stderr, /E_UNKNOWN_TASK build has no task "shp"\n {2}try: ship/);
    const both = await decapod(
      { folder },
      "run",
      "build",
      "-i",
      "tag=1",
      "--dry-run",
      "--only",
      "ship",
      "--from",
      "ask",
    );
    assert.equal(both.code, 2);
    assert.match(both.stderr, /E_OPTIONS --only excludes --from and --until/);
    const none = await decapod(
      { folder },
      "run",
      "build",
      "-i",
      "tag=1",
      "--dry-run",
      "--from",
      "ship",
      "--until",
      "compile",
    );
    assert.equal(none.code, 2);
    assert.match(none.stderr, /E_OPTIONS no task lies between ship and compile/);
  });

  it("names the workflow that was probably meant", async () => {
    const { code, stderr } = await decapod({ folder }, "run", "biuld");
    assert.equal(code, 10);
    assert.match(stderr, /there is no workflow "biuld"\n {2}try: build/);
  });
});

describe("questions about runs where there are none", () => {
  it("says so, and what to do", async () => {
    for (const words of [["show", "r-7k2m"], ["logs", "r-7k2m"], ["resume"], ["cancel", "r-7k2m"]]) {
      const { code, stderr } = await decapod({ folder }, ...words);
      assert.equal(code, 10, words.join(" "));
      assert.match(stderr, /E_NOT_FOUND this project has no runs yet\n {2}try: decapod run WORKFLOW/);
    }
    assert.deepEqual(JSON.parse((await decapod({ folder }, "runs", "--json")).stdout), {
      schemaVersion: 1,
      runs: [],
      older: null,
    });
    assert.equal((await decapod({ folder }, "status")).stdout, "no run is going on\n");
  });

  it("refuses filters that cannot be meant", async () => {
    assert.match((await decapod({ folder }, "runs", "--state", "faild")).stderr, /E_USAGE[\s\S]*try: failed/);
    assert.equal((await decapod({ folder }, "runs", "--since", "yesterday")).code, 2);
    assert.equal((await decapod({ folder }, "runs", "--limit", "0")).code, 2);
  });
});

describe("what the machine refuses", () => {
  it("is named: no file handles left", async () => {
    const stderr = captured();
    const broken = () => {
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE", syscall: "open" });
    };
    const application = { ...makeApplication({ folder }, captured(), stderr), project: broken };
    assert.equal(await runCommandLine(application, ["runs"]), 6);
    assert.match(stderr.text(), /error E_FDS no file handles left \(EMFILE\)\n {2}try: raise the limit/);
  });
});

describe("workflow schema", () => {
  it("prints JSON Schema, or YAML", async () => {
    const { code, stdout } = await decapod({ folder }, "workflow", "schema");
    assert.equal(code, 0);
    assert.equal(typeof JSON.parse(stdout).properties.tasks, "object");
    assert.match((await decapod({ folder }, "workflow", "schema", "--yaml")).stdout, /^# |^\$schema|^title/m);
    assert.equal((await decapod({ folder }, "workflow", "shema")).code, 2);
  });
});
