/** decapod.yaml as its user meets it: what it hides, and what it makes smaller. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Ended, environmentWith, type Folder, freshFolder, startIn } from "./decapod.ts";

function fresh(workflows: Readonly<Record<string, string>>, projectFile: string): Folder {
  const folder = freshFolder(workflows);
  folder.write("decapod.yaml", projectFile);
  return folder;
}

function runIn(folder: Folder, env: Readonly<Record<string, string>>, ...words: string[]): Promise<Ended> {
  const home = join(folder.path, "../home");
  return startIn(folder.path, { ...environmentWith(home), ...env }, [...PROGRAM, ...words]).ended;
}

const HOST = "intern.example.com";
const TOKEN = "npm_0123456789abcdef";

/** Says both in many ways: printed, encoded, given, read from the environment, in an error. */
const TALKS = `name: talks
settings: { on_failure: continue }
tasks:
  - id: say
    agent: shell
    env: { SEEN: "\${env.NPM_TOKEN}" }
    parameters: { run: 'part=intern.example; echo "$part.com $NPM_TOKEN $SEEN"; printf %s "$NPM_TOKEN" | base64; printf %s "$NPM_TOKEN" >&2; test -n "$NPM_TOKEN"' }
  - id: give
    agent: shell
    env: { TOKEN: "\${env.NPM_TOKEN}" }
    parameters: { run: 'part=intern.example; printf "host=%s\\ntoken=%s\\n" "$part.com" "$TOKEN" > "$DECAPOD_OUTPUT"' }
  - id: fail
    agent: shell
    parameters: { run: 'part=intern.example; echo "no answer from $part.com" >&2; exit 3' }
`;

/** Files of the project's state that hold a text. */
function filesWith(folder: Folder, text: string): readonly string[] {
  const state = join(folder.path, ".claude/workflow-state");
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, "latin1").includes(text));
}

describe("redact in decapod.yaml", () => {
  it("O4 keeps its texts and variables out of logs, outputs, results and messages", async () => {
    const folder = fresh(
      { talks: TALKS },
      `env: { pass: [NPM_TOKEN] }\nredact: [${HOST}, "\${env.NPM_TOKEN}"]\n`,
    );
    const ended = await runIn(folder, { NPM_TOKEN: TOKEN }, "run", "talks", "--json");
    const { tasks } = JSON.parse(ended.stdout).run;
    const [say, give, fail] = tasks;
    // The last signs of the base64 form stand for what follows as well.
    assert.match(say.output, /^\*\*\* \*\*\* \*\*\*\n\*\*\*.{0,4}$/);
    assert.deepEqual(give.output, { host: "***", token: "***" });
    assert.match(fail.error.message, /no answer from \[redacted:redact\[0\]\]/);
    const [run] = JSON.parse((await folder.run("runs", "--json=id")).stdout).runs;
    const log = (await folder.run("logs", run.id, "say")).stdout;
    assert.match(log, /\[redacted:redact\[0\]\] \[redacted:redact\[1\]\]/);
    assert.deepEqual(filesWith(folder, TOKEN), []);
    assert.deepEqual(filesWith(folder, HOST), []);
    assert.ok(!ended.stderr.includes(HOST) && !ended.stdout.includes(HOST));
  });

  it("O5 refuses what is too short to be kept out of anything", async () => {
    const folder = fresh({ talks: TALKS }, "redact: [short]\n");
    const ended = await folder.run("validate", "talks");
    assert.equal(ended.code, 3);
    assert.match(ended.stderr, /^error E_SECRET_SHORT .*\n {2}--> decapod\.yaml:1:10/);
    folder.write("decapod.yaml", 'redact: ["${env.NPM_TOKEN}"]\n');
    assert.equal((await folder.run("validate", "talks")).code, 3, "env.NPM_TOKEN is not passed on");
    folder.write("decapod.yaml", 'env: { pass: [NPM_TOKEN] }\nredact: ["${env.NPM_TOKEN}"]\n');
    const short = await runIn(folder, { NPM_TOKEN: "abc" }, "run", "talks");
    assert.equal(short.code, 3);
    assert.match(
      short.stderr,
      /E_SECRET_SHORT the variable NPM_TOKEN under redact of decapod\.yaml has fewer/,
    );
    assert.equal((await folder.run("validate", "talks")).code, 0, "a variable that is not set hides nothing");
  });
});

describe("limits in decapod.yaml", () => {
  const MANY = `name: many
tasks:
  - { id: wait, agent: shell, retry: { max_attempts: 3 }, parameters: { run: 'until [ -e go ]; do sleep 0.02; done' } }
  - { id: each, agent: shell, dependencies: [wait], foreach: { items: [1, 2, 3] }, parameters: { run: "true" } }
`;

  it("are held when a file is read and when a run is decided, and are named", async () => {
    const folder = fresh({ many: MANY }, "limits: { attempts: 2 }\n");
    const read = await folder.run("run", "many");
    assert.equal(read.code, 3, read.stderr);
    assert.match(read.stderr, /E_RANGE max_attempts is 3; max_attempts may be 2 \(limits\.attempts\)/);
    folder.write("decapod.yaml", "limits: { items: 2 }\n");
    folder.write("go", "");
    const decided = await folder.run("run", "many");
    assert.equal(decided.code, 1, decided.stderr);
    assert.match(decided.stderr, /each has 3 items; a task may have 2 items \(limits\.items\)/);
    folder.write("decapod.yaml", "limits: { item: 2 }\n");
    assert.match(
      (await folder.run("run", "many")).stderr,
      /E_UNKNOWN_KEY unknown key "item"[\s\S]*try: items/,
    );
  });

  it("do not touch a run that goes on", async () => {
    const folder = fresh({ many: MANY }, "");
    const running = folder.start("run", "many", "-v");
    await running.says("wait running");
    running.child.kill("SIGKILL");
    await running.ended;
    folder.write("decapod.yaml", "limits: { attempts: 1, items: 1, instances: 1 }\n");
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
  });
});
