/** Workers of somebody's own: the examples that come with decapod, in Python and in bash, and what goes wrong with them. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageFolder } from "../../src/port/package-folder.ts";
import { programsIn } from "../../src/port/programs.ts";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, startIn } from "./decapod.ts";

const noPython =
  programsIn(process.env.PATH ?? "", ["python3"]).python3 === undefined &&
  "needs python3: apt-get install python3";

const one = (agent: string, parameters: string, more = "") =>
  `name: w\ntasks:\n  - { id: it, agent: ${agent}, parameters: ${parameters}${more} }\n`;

/** With the examples as its workers. */
function project(workflow: string): Folder {
  const folder = freshFolder({ w: workflow });
  const from = join(packageFolder("examples"), "workers");
  mkdirSync(join(folder.path, "workers"));
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(folder.path, "workers", name));
  return folder;
}

async function taskOf(folder: Folder) {
  const [run] = JSON.parse((await folder.run("runs", "--json=id")).stdout).runs;
  return JSON.parse((await folder.run("show", run.id, "--json")).stdout).run.tasks[0];
}

describe("a worker of one's own", () => {
  it("in Python: parameters as JSON, output as JSON, criteria of its manifest", {
    skip: noPython,
  }, async () => {
    const folder = project(one("page-report", "{ folder: pages, words_min: 6 }"));
    folder.write("pages/a.md", "---\ntitle: A\n---\none two three four five\n");
    folder.write("pages/b.md", "---\ntitle: B\n---\nx\n");
    const ran = await folder.run("run", "w");
    assert.equal(ran.code, 0, ran.stderr);
    const { output } = await taskOf(folder);
    assert.deepEqual([output.pages, output.untitled, output.short], [2, [], ["pages/b.md"]]);
    folder.write("pages/c.md", "no front matter at all\n");
    const failed = await folder.run("run", "w");
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /untitled is empty/);
  });

  it("by hand: worker run writes a task file, does it, and the result lies with all others", {
    skip: noPython,
  }, async () => {
    const folder = project("name: w\ntasks: [{ id: a, agent: shell, parameters: { run: x } }]\n");
    folder.write("pages/a.md", "---\ntitle: ${A}\n---\none two three four five\n");
    const words = ["worker", "run", "page-report", "-i", "folder=pages", "-i"];
    const ran = await folder.run(...words, "words_min=3", "--describe", "count $" + "{them}");
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const [file = ""] = readdirSync(join(folder.path, "tasks/completed"));
    const text = readFileSync(join(folder.path, "tasks/completed", file), "utf8");
    assert.match(text, /task_type: page-report\n[\s\S]*words_min: 3\n[\s\S]*count \$\{them\}/);
    assert.match(
      ran.stderr,
      new RegExp(`result results/\\d{4}-\\d\\d-\\d\\d/${file.slice(0, -3)}.result.md`),
    );
    const result = readFileSync(
      join(folder.path, "results/latest", `${file.slice(0, -3)}.result.md`),
      "utf8",
    );
    assert.match(result, /^status: success$[\s\S]*check: pages > 0\n {4}passed: true$/m);
    for (const [wrong, code] of [
      ["words_min=many", 3],
      ["word_min=3", 3],
    ] as const) {
      const refused = await folder.run(...words, wrong);
      assert.equal(refused.code, code, refused.stderr);
    }
    assert.equal((await folder.run(...words, "words_min=3", "--slots", "abc")).code, 2);
    const without = await folder.run("worker", "run", "page-report");
    assert.equal(without.code, 3);
    assert.match(without.stderr, /E_REQUIRED page-report needs the parameter folder\n {2}try: -i folder=…\n/);
    assert.deepEqual(readdirSync(join(folder.path, "tasks/pending")), [], "nothing was written");
    assert.equal((await folder.run("worker", "run", "page-reprot")).code, 10);
  });

  it("in bash: what it prints is read by patterns; its dry run changes nothing", async () => {
    const folder = project(
      one("publish", '{ folder: public, environment: dev, dry_run: "${dry}" }').replace(
        "tasks:",
        "params: { dry: { type: boolean, default: false } }\ntasks:",
      ),
    );
    folder.write("public/index.html", "hello");
    folder.write("public/a b.html", "hello");
    const dry = await folder.run("run", "w", "--var", "dry=true");
    assert.match(dry.stderr, /expected|missing/i);
    assert.equal(existsSync(join(folder.path, "published")), false);
    const ran = await folder.run("run", "w");
    assert.equal(ran.code, 0, ran.stderr);
    const { output } = await taskOf(folder);
    assert.deepEqual([output.uploaded_files, output.deployment_success], [2, true]);
    assert.match(output.url, /^file:.*published\/dev\/index\.html$/);
  });

  it("A7: reaches production with the phrase alone, and staging is asked about, unless its manifest says that it deploys nothing", async () => {
    const at = (environment: string) => one("pub", `{ environment: ${environment} }`);
    const folder = project(at("production"));
    const manifest =
      "command: [bash, ./pub.sh]\nparameters: { properties: { environment: { type: string } } }\n";
    folder.write("workers/pub.yaml", manifest);
    folder.write("workers/pub.sh", "touch reached\n");
    const asked = await folder.run("run", "w");
    assert.equal(asked.code, 8, asked.stderr);
    assert.match(asked.stderr, /PRODUCTION DEPLOYMENT WARNING/);
    folder.write(".claude/workflows/s.yaml", at("staging").replace("name: w", "name: s"));
    assert.match((await folder.run("run", "s")).stderr, /Ready to deploy to staging\?/);
    folder.write(
      ".claude/workflows/n.yaml",
      `name: n\ntasks:\n  - { id: it, agent: pub, parameters: { environment: production }, approval: { mode: none } }\n`,
    );
    assert.equal((await folder.run("validate", "n")).code, 4);
    assert.equal(existsSync(join(folder.path, "reached")), false);
    folder.write("workers/pub.yaml", `${manifest}deploys: false\n`);
    assert.equal((await folder.run("run", "w", "--label", "again")).code, 0);
  });

  it("F3: what may be done only once cannot be called safe to repeat", async () => {
    const folder = project(one("publish", "{ folder: public, environment: dev }", ", effect: idempotent"));
    const refused = await folder.run("validate", "w");
    assert.equal(refused.code, 4, refused.stdout + refused.stderr);
    assert.match(
      refused.stdout + refused.stderr,
      /E_NOT_ALLOWED publish is done at most once[\s\S]*w\.yaml:3/,
    );
  });

  it("I4: an exit of 0 is no success where an output that was asked for is missing", async () => {
    const folder = project(one("quiet", "{}"));
    folder.write(
      "workers/quiet.yaml",
      "command: [bash, ./quiet.sh]\nexpected_outputs: [build_success, file_count]\n",
    );
    folder.write("workers/quiet.sh", "echo 'build_success: true'\n");
    const ran = await folder.run("run", "w");
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /build_success.*file_count/);
  });

  it("has failures told apart by its own words, then by those of every program", async () => {
    const folder = project(one("failing", "{}"));
    folder.write(
      "workers/failing.yaml",
      `command: [bash, ./failing.sh]
errors:
  - { class: stale_cache, match: "cache is older", action: retry }
`,
    );
    folder.write("workers/failing.sh", "echo 'the cache is older than its source'; exit 3\n");
    assert.match((await folder.run("run", "w")).stderr, /stale_cache/);
    folder.write("workers/failing.sh", "echo 'fatal: Unable to locate credentials' >&2; exit 255\n");
    assert.match((await folder.run("run", "w")).stderr, /class=aws_credentials/);
  });

  it("is asked for the file it says it writes: inside, a JSON map, and there", async () => {
    const folder = project(one("filed", "{}"));
    folder.write("workers/filed.yaml", "command: [bash, ./filed.sh]\noutput: { file: out/result.json }\n");
    for (const [script, wanted] of [
      ["true", /E_OUTPUT_MISSING it wrote no out\/result\.json/],
      ["mkdir out; echo [1] > out/result.json", /E_OUTPUT_MISSING out\/result\.json holds no JSON map/],
      ["rm out/result.json; ln -s /etc/hostname out/result.json", /E_OUTSIDE_ROOT/],
    ] as const) {
      folder.write("workers/filed.sh", script);
      const ran = await folder.run("run", "w");
      assert.notEqual(ran.code, 0);
      assert.match(ran.stderr, wanted);
    }
    folder.write("workers/filed.sh", `rm -r out; mkdir out; echo '{"pages": 3}' > out/result.json`);
    assert.equal((await folder.run("run", "w")).code, 0);
    assert.deepEqual((await taskOf(folder)).output, { pages: 3 });
  });

  it("C5: gets its credentials and nobody else does; they are in no log, output or journal", async () => {
    const canary = "canary-77a1b2c3";
    const folder = project(
      `${one("keyed", "{}")}  - { id: other, agent: shell, parameters: { run: 'env' } }\n`,
    );
    folder.write(
      "workers/keyed.yaml",
      "command: [bash, ./keyed.sh]\ncredentials: { KEY: { env: MY_KEY } }\n",
    );
    folder.write("workers/keyed.sh", 'echo "len ${#KEY} $KEY"; echo "key=$KEY" > "$DECAPOD_OUTPUT"\n');
    const missing = await folder.run("run", "w");
    assert.equal(missing.code, 3, missing.stderr);
    assert.match(missing.stderr, /E_SECRET_MISSING .*keyed\.KEY.*export MY_KEY/s);
    const env = { ...environmentWith(join(folder.path, "../home")), MY_KEY: canary };
    const ran = await startIn(folder.path, env, [...PROGRAM, "run", "w", "-v"]).ended;
    assert.equal(ran.code, 0, ran.stderr);
    const state = join(folder.path, ".claude/workflow-state");
    for (const name of readdirSync(state, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const text = readFileSync(join(name.parentPath, name.name), "latin1");
      assert.ok(!text.includes(canary), name.name);
    }
    assert.ok(!(ran.stderr + ran.stdout).includes(canary));
    assert.match(
      readFileSync(join(state, "runs", await runId(folder), "it/1/output.log"), "utf8"),
      /^len 15 /,
    );
  });

  it("whose program is not there is refused before anything starts, with where it was looked for", async () => {
    const folder = project(one("gone", "{}"));
    folder.write("workers/gone.yaml", "command: [no-such-program-5d1e]\n");
    const ran = await folder.run("run", "w");
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /E_DRIVER_MISSING the worker gone needs no-such-program-5d1e/);
    folder.write("workers/gone.yaml", "command: [./gone.sh]\n");
    assert.match((await folder.run("run", "w")).stderr, /beside its manifest, in workers/);
    folder.write("workers/gone.yaml", "command: [bash, ./gone.sh]\n");
    assert.match((await folder.run("run", "w")).stderr, /needs \.\/gone\.sh, which is not there/);
  });

  it("C1: a value that its program would read as an option fails the task before it starts", async () => {
    const folder = project(one("careless", '{ to: "${to}" }'));
    folder.write(
      "workers/careless.yaml",
      'command: [touch, "${to}"]\nparameters: { properties: { to: { type: string } } }\n',
    );
    const ran = await folder.run("run", "w", "--var", "to=--reference=/etc/passwd");
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stderr, /E_ARG \$\{to\} is \\"--reference=\/etc\/passwd\\"/);
    assert.equal((await folder.run("run", "w", "--var", "to=made")).code, 0);
    assert.ok(existsSync(join(folder.path, "made")));
  });
});

describe("worker list, show, new and check", () => {
  for (const language of ["bash", "python", "node"])
    it(`a new worker in ${language} works as it is`, {
      skip: language === "python" && noPython,
    }, async () => {
      const folder = freshFolder({ w: one("counter", "{ folder: things }") });
      folder.write("things/a/b.txt", "x");
      folder.write("things/c.txt", "x");
      const made = await folder.run("worker", "new", "counter", "--language", language);
      assert.equal(made.code, 0, made.stderr);
      assert.equal((await folder.run("worker", "check", "counter")).code, 0);
      const ran = await folder.run("run", "w");
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal((await taskOf(folder)).output.file_count, 2);
      assert.equal((await folder.run("worker", "new", "counter")).code, 5, "nothing is written over");
    });

  it("T1-44, T1-49: list and health show the state of each, and what its last task came to", async () => {
    const folder = project(one("publish", "{ folder: public, environment: dev }"));
    folder.write("public/index.html", "x");
    assert.equal((await folder.run("run", "w")).code, 0);
    const { workers } = JSON.parse((await folder.run("worker", "list", "--json")).stdout);
    const publish = workers.find((each: { name: string }) => each.name === "publish");
    assert.deepEqual([publish.state, publish.ready, publish.last.status], ["ready", true, "success"]);
    assert.match((await folder.run("health")).stdout, /workers .*publish ready/);
    folder.write("workers/publish.yaml", "command: [no-such-program-5d1e]\n");
    const health = await folder.run("health");
    assert.match(health.stdout, /publish not ready: .*no-such-program-5d1e.*\n.*worker check/);
    assert.equal((await folder.run("worker", "check")).code, 6);
    folder.write("workers/deploy.yaml", "command: [x]\n");
    folder.write("workers/a b.yaml", "command: [x]\n");
    assert.match(
      (await folder.run("worker", "check")).stderr,
      /E_CHOICE "a b"[\s\S]*E_RESERVED_NAME the worker deploy comes/,
    );
    folder.write("workers/publish.yaml", "comand: [x]\n");
    const checked = await folder.run("worker", "check");
    assert.equal(checked.code, 3);
    assert.match(checked.stderr, /E_UNKNOWN_KEY[\s\S]*workers\/publish\.yaml:1:1[\s\S]*command/);
  });

  it("bad words are refused with what to do", async () => {
    const folder = freshFolder();
    for (const [words, wanted] of [
      [["new", "shell"], /E_USAGE "shell"/],
      [["new", "hugo-build"], /E_USAGE "hugo-build"/],
      [["new", "a/b"], /E_USAGE "a\/b"/],
      [["new", "x", "--language", "ruby"], /E_USAGE .*"ruby"[\s\S]*bash, python, node/],
      [["show", "hugo-buld"], /E_NOT_FOUND .*"hugo-buld"[\s\S]*hugo-build/],
    ] as const) {
      const refused = await folder.run("worker", ...words);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, wanted);
    }
    assert.equal(existsSync(join(folder.path, "workers")), false);
  });
});

async function runId(folder: Folder): Promise<string> {
  return JSON.parse((await folder.run("runs", "--json=id")).stdout).runs[0].id;
}
