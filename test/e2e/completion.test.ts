/** Completion in the shells themselves: each reads its script and is asked what it would complete. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, freshFolder, has } from "./decapod.ts";

const folder = freshFolder({
  publish: `name: publish
description: Builds the site
params: { environment: { enum: [dev, production], default: dev } }
tasks:
  - { id: each, agent: shell, foreach: { items: [a b, c], key: "\${item}" }, parameters: { run: echo } }
`,
});
const { path } = folder;
const environment = environmentWith(join(path, "../home"));
const env = { ...environment, PATH: `${join(path, "../bin")}:${environment.PATH}`, TERM: "dumb" };
let run = "";
/** Only against a hang: a busy machine takes its time. */
const WAIT_MS = 480_000;

before(async () => {
  const program = PROGRAM.map((word) => `'${word}'`).join(" ");
  chmodSync(folder.write("../bin/decapod", `#!/bin/sh\nexec ${program} "$@"\n`), 0o755);
  folder.write("notes/one.json", "{}");
  const ended = await folder.run("run", "publish", "--json");
  run = `r-${JSON.parse(ended.stdout).run.id.slice(-4)}`;
  for (const shell of ["bash", "zsh", "fish", "pwsh"])
    folder.write(`../${shell}.script`, (await folder.run("completion", shell)).stdout);
});

/** What a shell prints for a script of its own, as lines. */
function say(shell: string, ...words: readonly string[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync(shell, words, {
    cwd: path,
    env,
    encoding: "utf8",
    timeout: WAIT_MS,
  });
  assert.deepEqual([status, stderr], [0, ""], `${shell} says nothing of its own`);
  return stdout.trimEnd().split("\n");
}

describe("bash", { skip: has("bash", "--version") ? false : "needs bash" }, () => {
  const ask = (...lines: readonly string[]) => {
    const script = [
      "source ../bash.script",
      'try() { COMP_LINE=$1 COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"; _decapod; echo "${COMPREPLY[*]}"; }',
      ...lines.map((line) => `try '${line}'`),
    ];
    return say("bash", "--norc", "-c", script.join("\n"));
  };

  it("completes commands, workflows, runs, tasks, params and files, quoted as a line needs it", () => {
    const found = ask(
      "decapod vali",
      "decapod workflow sh",
      "decapod run pub",
      "decapod show r-",
      `decapod logs ${run} each[a`,
      "decapod run publish -i environment=p",
      "decapod run publish --durability=f",
      "decapod run publish --inputs notes/o",
      "decapod --project no",
      "decapod nothing at all ",
    );
    assert.deepEqual(found, [
      "validate",
      "show",
      "publish",
      run,
      "each\\[a\\ b\\]",
      // bash has what stands before the = already.
      "production",
      "fast",
      "notes/one.json",
      "notes",
    ]);
  });

  it("is registered for decapod, and silent where decapod is gone", () => {
    const gone =
      "source ../bash.script; complete -p decapod; COMP_LINE='gone ru' COMP_POINT=7 COMP_WORDS=(gone ru) _decapod; echo ${#COMPREPLY[@]}";
    assert.deepEqual(say("bash", "--norc", "-c", gone), ["complete -F _decapod decapod", "0"]);
  });
});

describe("fish", { skip: has("fish", "--version") ? false : "needs fish" }, () => {
  const ask = (line: string) =>
    say("fish", "--no-config", "-c", `source ../fish.script; complete -C '${line}'`);

  it("completes commands, workflows, runs, tasks, params and files, with what each is", () => {
    assert.deepEqual(ask("decapod vali"), [
      "validate\tcheck workflow files; all of the project when none is named",
    ]);
    assert.deepEqual(ask("decapod run pub"), ["publish\tBuilds the site"]);
    assert.match(ask("decapod show r-")[0] ?? "", new RegExp(`^${run}\tpublish, success, \\d{4}-`));
    assert.deepEqual(ask(`decapod logs ${run} each\\[c`), ["each[c]\tsuccess"]);
    assert.deepEqual(ask("decapod run publish -i environment=p"), ["environment=production"]);
    assert.deepEqual(ask("decapod run publish --inputs notes/o"), ["notes/one.json"]);
    assert.deepEqual(ask("decapod nothing at all "), [""]);
  });
});

describe("zsh", { skip: has("zsh", "--version") ? false : "needs zsh" }, () => {
  // A zsh at a terminal of its own gets the line, a tab, and a key that shows the line as it is then.
  const ask = (...lines: readonly string[]) => {
    const script = [
      "zmodload zsh/zpty",
      `zpty z 'PS1="%% " zsh -f -i'`,
      `zpty -w z 'autoload -Uz compinit && compinit -u -D; source ../zsh.script; show() { print -r -- "LINE<$BUFFER>ENDED" }; zle -N show; bindkey "^X" show; print READY-$((1+1))'`,
      "zpty -r z out '*READY-2*'",
      ...lines.flatMap((line) => [
        `zpty -w -n z ${quoted(line)}$'\\t\\x18'`,
        "zpty -r z out '*ENDED*'",
        'print -r -- "${${out##*LINE<}%%>ENDED*}"',
        "zpty -w -n z $'\\x15'",
      ]),
      "zpty -d z",
    ];
    return say("zsh", "-f", "-c", script.join("\n"));
  };
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

  it("completes commands, workflows, runs, tasks, params and files", () => {
    const found = ask(
      "decapod vali",
      "decapod run pub",
      "decapod show r-",
      `decapod logs ${run} each\\[c`,
      "decapod run publish -i environment=p",
      "decapod run publish --durability=f",
      "decapod run release -i vers",
      "decapod run publish --inputs notes/o",
    );
    // Whether a space follows a file is for zsh to say.
    assert.deepEqual(
      [...found.slice(0, -1), found.at(-1)?.trimEnd()],
      [
        "decapod validate ",
        "decapod run publish ",
        `decapod show ${run} `,
        `decapod logs ${run} each\\[c\\] `,
        "decapod run publish -i environment=production ",
        "decapod run publish --durability=fast ",
        "decapod run release -i version=",
        "decapod run publish --inputs notes/one.json",
      ],
    );
  });
});

describe("PowerShell", { skip: has("pwsh", "--version") ? false : "needs pwsh" }, () => {
  const ask = (line: string) =>
    say(
      "pwsh",
      ...["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"],
      `Get-Content -Raw ../pwsh.script | Invoke-Expression; (TabExpansion2 -inputScript '${line}' -cursorColumn ${line.length}).CompletionMatches | ForEach-Object { $_.CompletionText }`,
    );

  it("completes commands, workflows, runs, params and files", () => {
    assert.deepEqual(ask("decapod vali"), ["validate"]);
    assert.deepEqual(ask("decapod workflow "), ["list", "show", "new", "fmt", "schema"]);
    assert.equal(ask("decapod run pub")[0], "publish");
    assert.deepEqual(ask("decapod show r-"), [run]);
    assert.deepEqual(ask("decapod run publish -i environment=p"), ["environment=production"]);
    assert.match(ask("decapod run publish --inputs notes/o")[0] ?? "", /one\.json$/);
  });
});
