import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decapod, makeApplication } from "../../../test/support/command-line.ts";
import { runCommandLine } from "../cli.ts";
import { COMMANDS, GLOBAL_OPTIONS } from "../registry.ts";
import { type Candidate, complete, type Sources } from "./complete.ts";
import { completionScript, SHELLS } from "./scripts.ts";

const list = (...values: readonly string[]): readonly Candidate[] =>
  values.map((value) => ({ value, what: "" }));
const SOURCES: Sources = {
  workflows: () => list("publish", "purge"),
  templates: () => list("hello", "release"),
  topics: () => list("exit-codes"),
  runs: () => list("r-7k2m", "r-9zzz"),
  decisions: () => list("a-93fk", "a-7k2m"),
  roles: () => [{ value: "coder", what: "codes" }],
  tokens: () => list("laptop"),
  tasksOfRun: (run) => list(`${run}-build`, `${run}-each[a b]`),
  tasksOfWorkflow: (workflow) => list(`${workflow}-build`),
  tasksOfLoops: () => list("market-sizing"),
  streams: () => list("east"),
  decompositions: () => list("market-research"),
  params: (workflow) => list(`${workflow}=`, "environment=dev"),
};
const TABLE = { commands: COMMANDS, globalOptions: GLOBAL_OPTIONS };
/** Values, and `:files` or `:folders` behind them. */
const nextOf = (line: string, sources = SOURCES): readonly string[] => {
  const { candidates, files } = complete(line.split(" "), sources, TABLE);
  return [...candidates.map(({ value }) => value), ...(files === null ? [] : [`:${files}`])];
};

describe("what comes next on a command line", () => {
  const CASES: readonly (readonly [line: string, values: readonly string[]])[] = [
    ["ru", ["run", "runs"]],
    ["workflow s", ["show", "schema"]],
    ["workflow show pub", ["publish", ":files"]],
    ["workflow show publish ", []],
    ["workflow nothing ", []],
    ["nothing ", []],
    ["run pu", ["publish", "purge", ":files"]],
    ["run publish --on", ["--only"]],
    ["run publish --only ", ["publish-build"]],
    ["run publish --only=", ["--only=publish-build"]],
    ["run publish --only publish-build --onl", ["--only"]],
    ["run publish --until x --unti", []],
    ["run --dry-run pub", ["publish", ":files"]],
    ["run publish -i ", ["publish=", "environment=dev"]],
    ["run publish -i env", ["environment=dev"]],
    ["run publish --inputs ", [":files"]],
    ["--project ", [":folders"]],
    ["--project . run pub", ["publish", ":files"]],
    ["--project=. --color ", ["auto", "always", "never"]],
    ["--color=a", ["--color=auto", "--color=always"]],
    ["--nothing=a", []],
    ["--json sho", ["show"]],
    ["show r-7", ["r-7k2m"]],
    ["show r-7k2m ", ["r-7k2m-build", "r-7k2m-each[a b]"]],
    ["show r-7k2m build ", []],
    ["task state mar", ["market-sizing"]],
    ["task state market-sizing co", ["completed"]],
    ["task state market-sizing running --stream ", ["east"]],
    ["task create ", []],
    ["task decompose mar", ["market-sizing"]],
    ["task decompose market-sizing --template ", ["market-research"]],
    ["retry r-7k2m r-7k2m-build ", ["r-7k2m-build", "r-7k2m-each[a b]"]],
    ["retry r-7k2m --from r-7k2m-b", ["r-7k2m-build"]],
    ["approve a-9", ["a-93fk"]],
    ["send-back ", ["a-93fk", "a-7k2m"]],
    ["send-back a-93fk ", []],
    ["token revoke ", ["laptop"]],
    ["reject a-93fk --token-file ", [":files"]],
    ["logs --attempt 1 r-9zzz r-9zzz-b", ["r-9zzz-build"]],
    ["runs --workflow p", ["publish", "purge"]],
    ["run publish --durability f", ["fast"]],
    ["validate ", ["publish", "purge", ":files"]],
    ["validate publish pu", ["publish", "purge", ":files"]],
    ["workflow new x --template re", ["release"]],
    ["init --template h", ["hello"]],
    ["completion ", ["bash", "zsh", "fish", "pwsh"]],
    ["help ex", ["exit-codes"]],
    ["help workflow f", ["fmt"]],
    ["run -- --", [":files"]],
    ["run -- pub", ["publish", ":files"]],
    [
      "-",
      GLOBAL_OPTIONS.flatMap(({ flags }) => flags.split(/,? /).filter((word) => word.startsWith("-"))).concat(
        "-h",
        "--help",
      ),
    ],
  ];
  for (const [line, values] of CASES)
    it(`decapod ${line}| → ${values.slice(0, 5).join(" ") || "nothing"}`, () =>
      assert.deepEqual(nextOf(line), values));

  it("begins with every command and no hidden one", () => {
    const firsts = COMMANDS.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name.split(" ")[0]);
    assert.deepEqual(nextOf(""), [...new Set(firsts)]);
  });

  it("completes every option of every command", () => {
    for (const { name, options } of COMMANDS)
      for (const { flags } of options) {
        const [flag = ""] = flags.match(/--[a-z-]+/) ?? [];
        assert.ok(nextOf(`${name} ${flag}`).includes(flag), `${name} ${flag}`);
      }
  });

  it("asks the project only for what is wanted", () => {
    const refuse = () => assert.fail("nobody wanted to know");
    const none: Sources = {
      workflows: refuse,
      templates: refuse,
      topics: refuse,
      runs: refuse,
      tasksOfRun: refuse,
      decisions: refuse,
      tokens: refuse,
      roles: refuse,
      tasksOfWorkflow: refuse,
      tasksOfLoops: refuse,
      streams: refuse,
      decompositions: refuse,
      params: refuse,
    };
    for (const line of ["ru", "run --on", "--color ", "workflow ", "completion "]) nextOf(line, none);
  });
});

describe("__complete", () => {
  const folder = mkdtempSync(join(tmpdir(), "decapod-complete-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, ".claude/workflows"), { recursive: true });
  writeFileSync(
    join(folder, ".claude/workflows/publish.yaml"),
    `name: publish
description: "Builds the\\tsite"
params: { environment: { enum: [dev, production], description: where to }, fast: { type: boolean }, tag: {} }
tasks: [{ id: build, agent: shell, parameters: { run: ls } }, { id: ship, agent: shell, parameters: { run: ls } }]
`,
  );
  writeFileSync(join(folder, ".claude/workflows/broken.yaml"), "name: [\n");
  const builtInFolders = [join(import.meta.dirname, "../../../templates")];
  const ask = (...words: readonly string[]) => decapod({ folder, builtInFolders }, "__complete", ...words);
  const linesOf = async (...words: readonly string[]) =>
    (await ask("--", ...words)).stdout.split("\n").slice(0, -1);

  it("gives workflows with what they do, their params with choices, and their tasks", async () => {
    assert.deepEqual(await linesOf("run", "pub"), ["publish\tBuilds the\\tsite", ":files"]);
    assert.deepEqual(await linesOf("run", "publish", "-i", ""), [
      "environment=dev\twhere to",
      "environment=production\twhere to",
      "fast=true",
      "fast=false",
      "tag=",
    ]);
    assert.deepEqual(await linesOf("run", "publish", "--only", ""), ["build", "ship"]);
    assert.deepEqual(await linesOf("run", "broken", "--only", ""), []);
    assert.ok((await linesOf("init", "--template", "")).some((line) => line.startsWith("release\t")));
    assert.deepEqual(await linesOf("help", "exit"), [
      "exit-codes\twhat the number at the end of a command says",
    ]);
  });

  it("knows by --new that a word begins, for shells that hand over no empty one", async () => {
    assert.equal((await ask("--new", "--", "workflow")).stdout, (await ask("--", "workflow", "")).stdout);
    assert.match((await ask()).stdout, /^run\t/);
    assert.match((await ask("--new")).stdout, /^run\t/);
  });

  it("says nothing into the shell, whatever is wrong", async () => {
    const wrong = mkdtempSync(join(tmpdir(), "decapod-complete-"));
    after(() => rmSync(wrong, { recursive: true, force: true }));
    writeFileSync(join(wrong, "decapod.yaml"), "slots: none\n");
    mkdirSync(join(wrong, ".claude/workflow-state"), { recursive: true });
    writeFileSync(join(wrong, ".claude/workflow-state/decapod.db"), "no database");
    for (const words of [
      ["run", ""],
      ["show", ""],
      ["show", "r-7k2m", ""],
      ["run", "x", "--only", ""],
      ["run", "../../x.yaml", "-i", ""],
      ["--project", "/nowhere", "run", ""],
      ["--", "--", "-"],
      ["\u0000", "\n"],
    ]) {
      const { code, stderr } = await decapod({ folder: wrong }, "__complete", "--", ...words);
      assert.deepEqual([code, stderr], [0, ""], words.join(" "));
    }
  });

  it("is silent also when looking breaks", async () => {
    const printed: string[] = [];
    const output = {
      isTerminal: false,
      columns: null,
      rows: null,
      write: (text: string) => void printed.push(text),
    };
    const application = {
      ...makeApplication({ folder }, output, output),
      project: () => {
        throw new Error("broken");
      },
    };
    const code = await runCommandLine(application, ["__complete", "--", "show", ""]);
    assert.deepEqual([code, printed], [0, []]);
  });
});

describe("completion", () => {
  it("prints a script for each of four shells, and names them for another", async () => {
    for (const shell of SHELLS) {
      const { code, stdout, stderr } = await decapod({ folder: "/" }, "completion", shell);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /__complete/);
      assert.match(stdout, new RegExp(`decapod completion ${shell}`));
    }
    const wrong = await decapod({ folder: "/" }, "completion", "csh");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /there is no completion for "csh"\n {2}try: completion bash\|zsh\|fish\|pwsh/);
  });

  it("says at a terminal where the script belongs", async () => {
    const terminal = { columns: 80, rows: 24 };
    const { stderr } = await decapod({ folder: "/", terminal }, "completion", "bash");
    assert.match(stderr, /where it belongs: decapod help shell-completion/);
  });

  it("pwsh: brackets and quotes are closed (there is no PowerShell to ask here)", () => {
    const open: string[] = [];
    const pairs: Readonly<Record<string, string>> = { ")": "(", "}": "{", "]": "[" };
    const code = completionScript("pwsh")
      .replace(/^#.*$/gm, "")
      .replace(/'[^'\n]*'|"[^"\n]*"/g, "");
    assert.doesNotMatch(code, /['"]/);
    for (const sign of code) {
      if ("({[".includes(sign)) open.push(sign);
      else if (pairs[sign] !== undefined) assert.equal(open.pop(), pairs[sign]);
    }
    assert.deepEqual(open, []);
  });
});
