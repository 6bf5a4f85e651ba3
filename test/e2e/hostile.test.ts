/** What data, repositories and children may not do, tried on the whole program with real shells and children. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Ended, environmentWith, type Folder, freshFolder, has, startIn } from "./decapod.ts";

/** With more in the environment of decapod itself. */
function runWith(
  { path }: Folder,
  more: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Promise<Ended> {
  const environment = { ...environmentWith(join(path, "../home")), ...more };
  return startIn(path, environment, [...PROGRAM, ...words]).ended;
}

/** Names that JavaScript calls by itself when there is a function behind them; a text there can be called by nobody unseen. */
const METHOD_NAMES = '{"then":"a","toJSON":"b","toString":"c","valueOf":"d"}';

describe("X3: an output whose keys are names of methods", () => {
  const METHODS = `name: methods
tasks:
  - id: give
    agent: shell
    env: { GIVEN: '${METHOD_NAMES}' }
    parameters: { run: 'printf %s "$GIVEN" > "$DECAPOD_OUTPUT"' }
    success_criteria: ["then == 'a'", "toJSON present", 'valueOf == "d"']
  - id: each
    agent: shell
    dependencies: [give]
    foreach: { items: "\${[give.output, give.output.then]}", where: "\${give.output.toString == 'c'}" }
    env: { TEXT: "\${item}" }
    parameters: { run: 'printf %s "$TEXT"' }
  - id: body
    agent: group
    dependencies: [give]
    parameters:
      tasks:
        - { id: inner, agent: shell, env: { TEXT: "\${give.output.valueOf}" }, parameters: { run: 'printf %s "$TEXT"' } }
      outputs: { all: "\${give.output}", inner: "\${inner.output}" }
outputs: { given: "\${give.output}", joined: "x\${give.output}", each: "\${each.output}", body: "\${body.output}" }
`;

  it("X3 is waited for, kept, compared, handed on and shown as the texts it holds; nothing of it is called", async () => {
    const folder = freshFolder({ methods: METHODS });
    const ended = await folder.run("run", "methods", "--json");
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const { run } = JSON.parse(ended.stdout);
    const given = JSON.parse(METHOD_NAMES);
    assert.deepEqual(run.outputs, {
      given,
      joined: `x${METHOD_NAMES}`,
      each: [METHOD_NAMES, "a"],
      body: { all: given, inner: "d" },
    });
    assert.deepEqual(
      JSON.parse((await folder.run("show", run.id, "give", "--json")).stdout).task.output,
      given,
    );
    assert.equal((await folder.run("db", "check")).code, 0);
  });
});

describe("X1: hostile data and a real shell", () => {
  const SHELL = `name: shell
params: { title: { type: string } }
tasks:
  - id: by-environment
    agent: shell
    env: { TITLE: "\${title}" }
    parameters: { run: 'printf %s "$TITLE" > environment.txt' }
  - id: by-argument
    agent: shell
    parameters: { command: [sh, -c, 'printf %s "$1" > argument.txt', sh, "\${title}"] }
  - id: handed-on
    agent: shell
    env: { TITLE: "\${title}" }
    parameters: { run: 'printf %s "$TITLE"' }
  - id: received
    agent: shell
    dependencies: [handed-on]
    env: { TEXT: "\${handed-on.output}" }
    parameters: { run: 'printf %s "$TEXT" > output.txt' }
`;

  it("X1 is never evaluated: what arrives is what was given, byte for byte", async () => {
    const folder = freshFolder({ shell: SHELL });
    const canary = join(folder.path, "canary");
    for (const title of [
      `"; touch ${canary}; #`,
      `'; touch ${canary}; '`,
      `$(touch ${canary})`,
      `\`touch ${canary}\``,
      `a\ntouch ${canary}\nb`,
      `%0atouch ${canary}`,
      `\${secrets.X} $TITLE \\ "&& touch ${canary}"`,
      `() { :; }; touch ${canary}`,
      `--output=${canary}`,
    ]) {
      const ended = await folder.run("run", "shell", "--var", `title=${title}`);
      assert.equal(ended.code, 0, `${title}: ${ended.stderr}`);
      for (const name of ["environment", "argument", "output"])
        assert.equal(readFileSync(join(folder.path, `${name}.txt`), "utf8"), title, name);
      assert.equal(existsSync(canary), false, title);
    }
  });
});

describe("C4: the environment of a real child", () => {
  it("equals the golden list, whatever stands in decapod's own", async () => {
    const folder = freshFolder({
      env: `name: env
tasks:
  - { id: copy, agent: shell, env: { TITLE: x }, parameters: { command: [cp, /proc/self/environ, seen] } }
`,
    });
    const ended = await runWith(
      folder,
      {
        PATH: `${join(folder.path, "bin")}:relative:/usr/bin:/bin`,
        NODE_OPTIONS: "--no-warnings",
        BASH_ENV: "/nowhere",
        GIT_SSH_COMMAND: "/nowhere",
        GIT_DIR: "/nowhere",
        PYTHONSTARTUP: "/nowhere",
        DYLD_INSERT_LIBRARIES: "/nowhere",
        AWS_SECRET_ACCESS_KEY: "of-another-step",
        DECAPOD_ATTEMPT: "of/an/outer/1",
        WHATEVER: "1",
      },
      "run",
      "env",
      "--json",
    );
    assert.equal(ended.code, 0, ended.stderr);
    const run = JSON.parse(ended.stdout).run.id;
    const attempt = join(folder.path, ".claude/workflow-state/runs", run, "copy/1");
    const seen = readFileSync(join(folder.path, "seen"), "utf8").split("\0").filter(Boolean);
    const pairs = seen.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    assert.deepEqual(Object.fromEntries(pairs), {
      PATH: "/usr/bin:/bin",
      HOME: join(folder.path, "../home"),
      USER: "kim",
      LANG: "C.UTF-8",
      TZ: "UTC",
      TERM: "dumb",
      CI: "1",
      TMPDIR: join(attempt, "tmp"),
      TITLE: "x",
      DECAPOD_RUN: run,
      DECAPOD_TASK: "copy",
      DECAPOD_ATTEMPT: `${run}/copy/1`,
      DECAPOD_OUTPUT: join(attempt, "output"),
      DECAPOD_ARTIFACTS: join(attempt, "artifacts"),
    });
  });
});

/** What an attempt can read of the environments of all processes above it. */
const CLIMB = `pid=$$
while [ "$pid" -gt 1 ]; do
  name=above.$(printf %02d $depth)
  tr '\\0' '\\n' < /proc/$pid/environ > "$name" 2> /dev/null
  pid=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$pid/status)
  depth=$((depth + 1))
done`;

describe("C5: a secret of one task", () => {
  const SPREAD = `name: spread
context: { secrets: { FILED: { file: key.txt }, GIVEN: { env: GIVEN_KEY } } }
tasks:
  - { id: use, agent: shell, env: { A: "\${secrets.FILED}", B: "\${secrets.GIVEN}" }, parameters: { run: 'echo "$A" | wc -c; echo > used; while ! [ -e done ]; do sleep 0.02; done' } }
  - id: look
    agent: shell
    parameters:
      run: |
        while ! [ -e used ]; do sleep 0.02; done
        depth=0
${CLIMB.split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
        env > own
        echo > done
`;

  it("C5: is in the environment of no other task, nor of what starts tasks; one from a file in none above", async () => {
    const folder = freshFolder({ spread: SPREAD });
    folder.write("key.txt", "filed-key-0123456789");
    const ended = await runWith(folder, { GIVEN_KEY: "given-key-0123456789" }, "run", "spread");
    assert.equal(ended.code, 0, ended.stderr);
    const texts = readdirSync(folder.path)
      .filter((name) => /^above\.\d+$|^own$/.test(name))
      .sort();
    assert.ok(texts.length >= 4, texts.join(" "));
    const holders = (secret: string) =>
      texts.filter((name) => readFileSync(join(folder.path, name), "utf8").includes(secret));
    assert.deepEqual(holders("filed-key-0123456789"), []);
    // 00 is the attempt's own shell, 01 the spawn host. 02 is decapod itself: what it was started with stays readable
    // to every process of the same person, and docs/workflow-file.md says so.
    const given = holders("given-key-0123456789");
    for (const name of ["own", "above.00", "above.01"]) assert.ok(!given.includes(name), given.join(" "));
  });
});

const PLANT = (canary: string) => `#!/bin/sh\ntouch ${canary}\n`;

describe("C6: a repository that brings programs, hooks and settings of its own", () => {
  it("C6: has none of them run by init, validate, run, show and status, and tasks find the real git", {
    skip: has("git", "--version") ? false : "git is missing: apt-get install git",
  }, async () => {
    const folder = freshFolder({
      work: `name: work
tasks:
  - { id: which, agent: shell, parameters: { run: "command -v git; git rev-parse --is-inside-work-tree" } }
`,
    });
    const { path } = folder;
    const canary = join(path, "../canary");
    execFileSync("git", ["init", "--quiet"], { cwd: path });
    const plant = (name: string) => {
      mkdirSync(join(path, name, ".."), { recursive: true });
      writeFileSync(join(path, name), PLANT(canary));
      chmodSync(join(path, name), 0o755);
    };
    for (const name of ["git", "node", "sh", "claude", "ps"])
      for (const place of [".", "bin", "node_modules/.bin"]) plant(join(place, name));
    for (const hook of ["post-checkout", "post-index-change", "pre-commit", "reference-transaction"])
      plant(join(".git/hooks", hook));
    for (const [name, value] of [
      ["core.fsmonitor", `touch ${canary}`],
      ["core.pager", `touch ${canary}`],
      ["alias.status", `!touch ${canary}`],
    ] as const)
      execFileSync("git", ["config", name, value], { cwd: path });
    const more = { PATH: `.:bin:${path}/bin:${path}/node_modules/.bin:/usr/bin:/bin` };
    for (const words of [["init"], ["validate"], ["run", "work"], ["runs"], ["status"]]) {
      const ended = await runWith(folder, more, ...words);
      assert.equal(ended.code, 0, `${words.join(" ")}: ${ended.stderr}`);
      assert.equal(existsSync(canary), false, words.join(" "));
    }
    const { stdout } = await runWith(folder, more, "runs", "--json");
    const shown = await runWith(folder, more, "show", JSON.parse(stdout).runs[0].id, "--json");
    assert.match(JSON.parse(shown.stdout).run.tasks[0].output, /^\/usr\/bin\/git\ntrue$/);
    // The plants are live: git itself runs one of them.
    spawnSync("git", ["update-index", "--refresh"], { cwd: path });
    assert.equal(existsSync(canary), true);
  });
});

/** Tries to open the terminal and to type into it (TIOCSTI), and writes down what came of it. */
const PROBE = `open(my $told, ">", $ARGV[0]) or die;
print $told "open: ", (open(my $tty, "+<", "/dev/tty") ? "yes" : "$!"), "\\n";
for my $fd (0, 1, 2) {
  my $ok = open(my $stream, "+<&=", $fd) || open($stream, "<&=", $fd) || open($stream, ">&=", $fd);
  print $told "$fd: ", ($ok && -t $stream ? "a terminal" : "none"), "\\n";
  my $key = "x";
  print $told "$fd typed\\n" if $ok && ioctl($stream, 0x5412, $key);
}
`;

describe("C8: a child and the terminal decapod runs at", () => {
  const MISSING = ["script", "perl"].filter((program) => !has(program, "--version"));
  it("C8: it has none: it cannot open it, and cannot type into it", {
    skip: MISSING.length === 0 ? false : `${MISSING.join(" and ")} missing: apt-get install bsdutils perl`,
  }, () => {
    const folder = freshFolder({
      tty: `name: tty
tasks:
  - { id: probe, agent: shell, parameters: { command: [perl, probe.pl, child.txt] } }
`,
    });
    folder.write("probe.pl", PROBE);
    const { path } = folder;
    const atTerminal = (words: readonly string[]) =>
      spawnSync("script", ["-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"], {
        cwd: path,
        env: environmentWith(join(path, "../home")),
        input: "",
        encoding: "utf8",
      });
    // The same program started at the terminal itself has one.
    atTerminal(["perl", "probe.pl", "person.txt"]);
    assert.match(readFileSync(join(path, "person.txt"), "utf8"), /^open: yes\n.*1: a terminal/s);
    const { status, stdout } = atTerminal([...PROGRAM, "run", "tty"]);
    assert.equal(status, 0, stdout);
    assert.equal(
      readFileSync(join(path, "child.txt"), "utf8"),
      "open: No such device or address\n0: none\n1: none\n2: none\n",
    );
  });
});

describe("O4, O6: a secret of the whole program", () => {
  const SECRET = 'wJalr/XUtn+FEMI"K7MDENG';
  const LEAK = `name: leak
context: { secrets: { KEY: { env: KEY_OF_MINE } } }
tasks:
  - id: print
    agent: shell
    env: { KEY: "\${secrets.KEY}" }
    parameters:
      run: |
        echo "plain $KEY"
        printf %s "$KEY" | base64; printf %s "$KEY" | od -An -tx1 | tr -d ' \\n'; echo
        printf %s "$KEY" | cut -c1-9 | tr -d '\\n'; printf %s "$KEY" | cut -c10-; echo "denied for $KEY" >&2
        printf 'note=%s\\n' "$KEY" >> "$DECAPOD_OUTPUT"
        tr '\\0' ' ' < /proc/$$/cmdline > command-line.txt
  - { id: fail, agent: shell, dependencies: [print], env: { KEY: "\${secrets.KEY}" }, parameters: { run: 'echo "cannot log in with $KEY" >&2; exit 3' } }
  - { id: after, agent: shell, dependencies: [print], env: { TEXT: "\${print.output.note}" }, parameters: { run: 'printf %s "$TEXT"' } }
`;
  const FORMS = [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    encodeURIComponent(SECRET),
    Buffer.from(SECRET).toString("base64").replace(/=+$/, ""),
    Buffer.from(SECRET).toString("hex"),
  ];

  it("is in no file that it left, nor in anything that it said, in any of its forms", async () => {
    const folder = freshFolder({ leak: LEAK });
    const more = { KEY_OF_MINE: SECRET };
    const said: Ended[] = [await runWith(folder, more, "run", "leak")];
    assert.equal(said[0]?.code, 1, said[0]?.stderr);
    assert.match(said[0]?.stderr ?? "", /cannot log in with \[redacted:KEY\]/);
    const jsonl = await runWith(folder, more, "run", "leak", "--jsonl", "--verbose");
    const runs = await runWith(folder, more, "runs", "--json");
    said.push(jsonl, runs);
    const { id } = JSON.parse(runs.stdout).runs[0];
    for (const words of [
      ["show", id],
      ["show", id, "--json"],
      ["show", id, "fail"],
      ["logs", id],
      ["status"],
    ])
      said.push(await runWith(folder, more, ...words));
    const shown = JSON.parse(said[4]?.stdout ?? "").run.tasks;
    assert.match(JSON.stringify(shown), /"output":\{"note":"\*\*\*"\}/);
    const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.some((file) => file.endsWith("decapod.db")) && files.length > 10, files.join(" "));
    const texts = [
      ...files.map((file) => [file, readFileSync(file, "latin1")] as const),
      ...said.map(({ stdout, stderr }) => ["said", stdout + stderr] as const),
    ];
    for (const [where, text] of texts)
      for (const form of FORMS) assert.ok(!text.includes(form), `${form} in ${where}`);
    // It was printed, and replaced where it was.
    assert.match(texts.map(([, text]) => text).join("\n"), /plain \[redacted:KEY\]/);
  });
});
