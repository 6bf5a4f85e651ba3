import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Kept, KeptProject } from "../../../test/support/kept-project.ts";
import { realFiles } from "../../port/files.ts";
import { firstLine, startOfLast } from "../../work/log-file.ts";

const BUILD = `name: build
tasks:
  - { id: compile, agent: shell, retry: { max_attempts: 2, delay: 1, jitter: false }, parameters: { run: b } }
  - { id: test, agent: shell, dependencies: [compile], parameters: { run: b } }
`;

const HOSTILE =
  "real\rdecapod: approved\n\u001b]52;c;x\u0007\u001b[2Jgone\u0008\u0008\n\u001b[31mred\n\u202egnp.exe\nlast";

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

describe("logs", () => {
  const project = new KeptProject();
  let run: Kept = { id: "", name: "" };

  before(async () => {
    run = await project.keep(BUILD, (play) => {
      play
        .start("compile")
        .pass(10)
        .fail("compile")
        .wait("unit:compile")
        .start("compile")
        .pass(10)
        .ok("compile");
      play.start("test").pass(10).fail("test", "config_error");
    });
    project.log(run.id, { task: "compile", attempt: 1 }, "first try\n", 7_200_000);
    project.log(run.id, { task: "compile", attempt: 2 }, HOSTILE, 3_600_000);
    const lines = Array.from({ length: 200 }, (_, at) =>
      at === 120 ? "src/a.ts(3,5): error TS1: no" : `line ${at}`,
    );
    project.log(run.id, { task: "test", attempt: 1 }, `${lines.join("\n")}\n`);
  });
  after(() => project.remove());

  it("O2: puts the task in front of every line, the attempt too when it is not the first", async () => {
    const { stdout } = await project.says("logs", run.name, "compile");
    assert.deepEqual(stdout.split("\n"), [
      "compile#2 | real\\rdecapod: approved",
      "compile#2 | \\x1b]52;c;x\\x07\\x1b[2Jgone\\b\\b",
      "compile#2 | red",
      "compile#2 | \\u202egnp.exe",
      "compile#2 | last",
      "",
    ]);
    const all = (await project.says("logs", run.name)).stdout.trimEnd().split("\n");
    assert.equal(all.length, 205);
    for (const line of all) assert.match(line, /^(?:compile#2|test {5}) \| /);
  });

  it("O1: lets nothing but text and plain colours through, whatever is asked for", async () => {
    for (const more of [[], ["--errors"], ["--grep", "e"], ["--tail", "3"], ["--color", "always"]]) {
      const { stdout } = await project.says("logs", run.name, "compile", ...more);
      assert.doesNotMatch(stdout.replaceAll(COLOURS, ""), /(?!\n)[\p{Cc}\p{Cf}]/u, more.join(" "));
    }
  });

  it("prints an earlier attempt when it is asked for", async () => {
    assert.equal(
      (await project.says("logs", run.name, "compile", "--attempt", "1")).stdout,
      "compile | first try\n",
    );
    assert.equal((await project.says("logs", run.name, "test", "--attempt", "2")).code, 10);
  });

  it("--tail prints the last lines", async () => {
    const { stdout } = await project.says("logs", run.name, "test", "--tail", "2");
    assert.equal(stdout, "test | line 198\ntest | line 199\n");
  });

  it("--grep takes its text as it stands; capitals count when it has some", async () => {
    const found = async (text: string) => (await project.says("logs", run.name, "--grep", text)).stdout;
    assert.equal(await found("line 19").then((text) => text.split("\n").length), 12);
    assert.equal(await found("LINE 19"), "");
    assert.equal(await found("(3,5)"), "test      | src/a.ts(3,5): error TS1: no\n");
    assert.equal(await found(".*"), "");
    const { stderr, code } = await project.says("logs", run.name, "--grep", "nowhere");
    assert.deepEqual([code, stderr], [0, 'no line holds "nowhere"\n']);
  });

  it("--json prints one document of all logs, safe and without colours, with the fields that are asked for", async () => {
    const { stdout, stderr } = await project.says("logs", run.name, "--json", "--tail", "1");
    const { logs, ...rest } = JSON.parse(stdout);
    assert.deepEqual([rest, stderr], [{ schemaVersion: 1 }, ""]);
    assert.deepEqual(
      logs.map(({ log: _file, ...log }: Record<string, unknown>) => log),
      [
        { task: "compile", attempt: 2, isRepair: false, firstError: null, text: "last\n" },
        { task: "test", attempt: 1, isRepair: false, firstError: null, text: "line 199\n" },
      ],
    );
    const hostile = JSON.parse((await project.says("logs", run.name, "compile", "--json=text")).stdout);
    assert.deepEqual(hostile.logs, [
      {
        text: [
          "real\\rdecapod: approved",
          "\\x1b]52;c;x\\x07\\x1b[2Jgone\\b\\b",
          "red",
          "\\u202egnp.exe",
          "last",
          "",
        ].join("\n"),
      },
    ]);
    const errors = JSON.parse((await project.says("logs", run.name, "test", "--json", "--errors")).stdout);
    assert.deepEqual([errors.logs[0].firstError, errors.logs[0].text.split("\n").length], [121, 26]);
    const grep = ["--json=task,text", "--grep", "(3,5)"];
    assert.deepEqual(JSON.parse((await project.says("logs", run.name, ...grep)).stdout).logs[1], {
      task: "test",
      text: "src/a.ts(3,5): error TS1: no\n",
    });
    assert.deepEqual(
      JSON.parse((await project.says("logs", run.name, "--json", "--since", "2999-01-01")).stdout).logs,
      [],
    );
  });

  it("--jsonl prints each line as a document; what does not go together is refused before anything is printed", async () => {
    const { stdout } = await project.says("logs", run.name, "--jsonl", "--tail", "1");
    assert.deepEqual(
      stdout.trimEnd().split("\n"),
      [
        { schemaVersion: 1, task: "compile", attempt: 2, line: "last" },
        { schemaVersion: 1, task: "test", attempt: 1, line: "line 199" },
      ].map((line) => JSON.stringify(line)),
    );
    for (const [message, ...words] of [
      ["--raw prints bytes, not JSON", "--raw", "--json"],
      ["--raw prints bytes, not JSON", "--raw", "--jsonl"],
      ["--json is one document, and --follow has no end", "--follow", "--json"],
      ["there is no field lines", "--json=lines"],
    ] as const) {
      const said = await project.says("logs", run.name, "test", ...words);
      assert.equal(said.code, 2, message);
      assert.match(said.stdout + said.stderr, new RegExp(message));
    }
  });

  it("--grep finds text whose letters have colours between them", async () => {
    const kept = await project.keep(BUILD, (play) => play.start("compile").ok("compile"));
    project.log(kept.id, { task: "compile", attempt: 1 }, "\u001b[31mer\u001b[32mror\u001b[0m here\nfine\n");
    assert.equal((await project.says("logs", kept.name, "--grep", "error")).stdout, "compile | error here\n");
    assert.match((await project.says("logs", kept.name, "--errors")).stderr, /line 2|last/);
  });

  it("--errors goes to the first line that looks like one, with what stands around it", async () => {
    const { stdout, stderr } = await project.says("logs", run.name, "test", "--errors");
    const lines = stdout.trimEnd().split("\n");
    assert.match(stderr, /^test: line 121 looks like an error$/m);
    assert.deepEqual(
      [lines[0], lines[5], lines.length],
      ["test | line 115", "test | src/a.ts(3,5): error TS1: no", 25],
    );
  });

  it("--errors looks where something failed, and where nothing did everywhere", async () => {
    const { stdout, stderr } = await project.says("logs", run.name, "--errors");
    assert.equal(stderr, "test: line 121 looks like an error\n");
    assert.ok(!stdout.includes("compile"));
    const first = await project.says("logs", run.name, "compile", "--errors", "--attempt", "1");
    assert.match(first.stdout, /^compile \| first try$/m);
  });

  it("--errors shows the end of a log in which nothing looks like one, and says so", async () => {
    const { stdout, stderr } = await project.says("logs", run.name, "compile", "--errors");
    assert.match(stderr, /^compile#2: no line looks like an error; these are the last$/m);
    assert.match(stdout, /\| last\n$/);
  });

  it("of a run whose folder is not here are said not to be here, which is not that nothing was printed", async () => {
    const elsewhere = await project.keep(BUILD, (play) =>
      play.start("compile").pass(10).fail("compile", "config_error"),
    );
    const { code, stderr } = await project.says("logs", elsewhere.name);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^its logs are not here: \S+ does not exist \(cleared away by db gc, or it ran elsewhere\)$/m,
    );
    project.log(elsewhere.id, { task: "else", attempt: 1 }, "");
    assert.match((await project.says("logs", elsewhere.name)).stderr, /^nothing was printed$/m);
  });

  it("--since leaves out what printed nothing after a time", async () => {
    const { stdout } = await project.says(
      "logs",
      run.name,
      "--since",
      new Date(Date.now() - 1_800_000).toISOString(),
    );
    assert.ok(stdout.includes("line 0") && !stdout.includes("compile"));
  });

  it("--raw gives the bytes as they are kept, but never to a terminal", async () => {
    assert.equal((await project.says("logs", run.name, "compile", "--raw")).stdout, HOSTILE);
    const refused = await project.saysAt(80, "logs", run.name, "compile", "--raw");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /E_USAGE --raw prints bytes as they are kept.*\n.*--raw > FILE/);
    const several = await project.says("logs", run.name, "--raw");
    assert.equal(several.code, 2);
    assert.match(several.stderr, /--raw prints one log, and there are 2\n {2}try: name a task: compile/);
  });

  it("refuses options that contradict each other", async () => {
    for (const words of [
      ["--raw", "--errors"],
      ["--errors", "--grep", "x"],
      ["--follow", "--errors"],
      ["--follow", "--attempt", "1"],
      ["--raw", "--tail", "3"],
      ["--grep", ""],
      ["--tail", "0"],
      ["--since", "soon"],
    ])
      assert.equal((await project.says("logs", run.name, ...words)).code, 2, words.join(" "));
  });

  it("says what there is no log of", async () => {
    const { code, stderr } = await project.says("logs", run.name, "tset");
    assert.equal(code, 10);
    assert.match(stderr, /task "tset" of run \S+ has not begun or does not exist\n {2}try: test/);
  });
});

describe("a log of any size", () => {
  const project = new KeptProject();
  after(() => project.remove());

  /** Counts what is read of a file. */
  function counted(path: string) {
    const file = realFiles.open(path, "read");
    let bytes = 0;
    const read = (position: number, length: number) => {
      const piece = file.read(position, length);
      bytes += piece.length;
      return piece;
    };
    return { file: { ...file, read }, bytes: () => bytes };
  }

  function large(): string {
    const path = project.log("01jz8k2m4n5p6q7r8s9t000001", { task: "a", attempt: 1 }, "");
    const line = `${"x".repeat(99)}\n`;
    const descriptor = openSync(path, "w");
    for (let megabyte = 0; megabyte < 100; megabyte++) writeSync(descriptor, line.repeat(10_000));
    writeSync(descriptor, "error: at last\nend");
    closeSync(descriptor);
    return path;
  }

  it("is opened at its end without reading the rest", () => {
    const { file, bytes } = counted(large());
    const { size } = file.stat();
    assert.equal(startOfLast(file, 2, size), size - "error: at last\nend".length);
    assert.equal(startOfLast(file, 1, size), size - "end".length);
    assert.ok(bytes() <= 2 * 65_536, `${bytes()} bytes were read`);
    assert.equal(startOfLast(file, 10_000_000, size), 0);
    assert.deepEqual(
      firstLine(file, (line) => line.startsWith("error")),
      { from: 100_000_000, number: 1_000_001 },
    );
    file.close();
  });

  it("has lines found across pieces, and without an end", () => {
    const path = project.log(
      "01jz8k2m4n5p6q7r8s9t000001",
      { task: "b", attempt: 1 },
      `${"a".repeat(65_530)}\nbbbb error\n${"c".repeat(200_000)} wanted`,
    );
    const file = realFiles.open(path, "read");
    assert.deepEqual(
      firstLine(file, (line) => line === "bbbb error"),
      { from: 65_531, number: 2 },
    );
    assert.equal(firstLine(file, (line) => line.includes("wanted"))?.number, 3);
    assert.equal(
      firstLine(file, () => false),
      null,
    );
    file.close();
  });
});
