/** F59: what a person has pushed of their runs, by their own configuration alone; a remote that does not take it costs a run nothing. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { goneProcess, numberIn } from "../support/processes.ts";
import { git, makeRepository } from "../support/repository.ts";
import { freshFolder } from "./decapod.ts";

const WORKFLOW = `
name: w
tasks:
  - { id: api, agent: shell, workspace: worktree, parameters: { run: "echo api > api.txt" } }
`;
const WAITING = `
name: w
tasks:
  - { id: api, agent: shell, workspace: worktree, parameters: { run: "echo api > api.txt" } }
  - id: later
    agent: shell
    dependencies: [api]
    parameters: { run: "until test -e ../go; do sleep 0.05; done" }
`;

/** A project in a repository, a bare one beside it, and a person who wants the first pushed to the second. */
function place(workflow = WORKFLOW, address: string | null = null) {
  const folder = freshFolder({ w: workflow });
  const base = join(folder.path, "..");
  const remote = join(base, "remote.git");
  const config = join(base, "home/.config/decapod/config.yaml");
  makeRepository(folder.path, { ".gitignore": ".claude/\n" });
  git(folder.path, "init", "--quiet", "--bare", "--template=", remote);
  const configure = (to: string | null) => {
    mkdirSync(join(config, ".."), { recursive: true });
    writeFileSync(config, to === null ? "" : JSON.stringify({ push: { [folder.path]: to } }));
  };
  configure(address ?? remote);
  return {
    ...folder,
    base,
    remote,
    configure,
    there: () => git(remote, "for-each-ref", "--format=%(refname)").split("\n"),
    ended: async () => {
      const ended = await folder.run("run", "w", "--json");
      assert.equal(ended.code, 0, ended.stderr);
      return JSON.parse(ended.stdout).run.id as string;
    },
    health: async () => {
      const { stdout } = await folder.run("health", "--json");
      return JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === "worktrees");
    },
    hook: (text: string) => {
      mkdirSync(join(remote, "hooks"), { recursive: true });
      writeFileSync(join(remote, "hooks/pre-receive"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    },
  };
}

/** Takes what comes, and never says a word. */
async function silent(t: TestContext): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/site.git`;
}

/** Wants to know who comes. */
async function refusing(t: TestContext): Promise<string> {
  const server = createHttpServer((_, response) => {
    response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("work that a person has pushed", () => {
  it("F59: is on the remote when the run has ended, and nothing but it; health says so", async () => {
    const here = place();
    const run = await here.ended();
    const short = run.slice(-8);
    assert.deepEqual(
      here.there().filter((name) => !name.startsWith("refs/decapod/project/")),
      [
        `refs/decapod/branch/${run}`,
        `refs/decapod/start/${run}/${short}`,
        `refs/decapod/start/${run}/${short}.api.1`,
        `refs/decapod/work/${run}/${short}.api.1`,
        `refs/heads/decapod/${short}`,
      ],
    );
    assert.equal(git(here.remote, "show", `decapod/${short}:api.txt`), "api");
    const { ok, message } = await here.health();
    assert.deepEqual([ok, message], [true, `what runs committed and saved lies at ${here.remote} too`]);
  });

  it("F59: goes while the run goes on, soon after it was merged", async () => {
    const here = place(WAITING);
    here.hook(`echo > ${here.path}/arrived`);
    const running = here.start("run", "w", "--json");
    await here.has("arrived");
    assert.equal(running.child.exitCode, null);
    writeFileSync(join(here.base, "go"), "");
    assert.equal((await running.ended).code, 0);
  });

  it("F59: a hook that declines costs the run nothing; health says since when it is only here and why; the next command takes it there", async () => {
    const here = place();
    here.hook("exit 1");
    const run = await here.ended();
    const branch = `decapod/${run.slice(-8)}`;
    const time = new Date(Number(git(here.path, "log", "-1", "--format=%ct", branch)) * 1000).toISOString();
    const { ok, message } = await here.health();
    assert.equal(ok, false);
    assert.match(message, /^\d commits? of runs not off this machine since /);
    assert.ok(message.includes(`since ${time}; the last push to ${here.remote} of `), message);
    assert.match(message, /Z failed: decapod\/\w+ is refused: pre-receive hook declined \(and \d more\)$/);
    assert.equal(git(here.path, "show", `${branch}:api.txt`), "api", "safe here");
    here.hook("exit 0");
    await here.ended();
    assert.equal((await here.health()).ok, true);
    assert.ok(here.there().includes(`refs/heads/${branch}`));
  });

  it("F59: a remote that is away is said, and has all of it when it is back", async () => {
    const here = place();
    renameSync(here.remote, `${here.remote}.away`);
    const run = await here.ended();
    assert.match(
      (await here.health()).message,
      /failed: '.*remote\.git' does not appear to be a git repository$/,
    );
    renameSync(`${here.remote}.away`, here.remote);
    await here.ended();
    assert.ok(here.there().includes(`refs/heads/decapod/${run.slice(-8)}`));
  });

  it("F59: a remote that never answers holds up the end of a run for a few seconds", async (t) => {
    const here = place(WORKFLOW, await silent(t));
    const before = performance.now();
    await here.ended();
    assert.ok(performance.now() - before < 30_000, "a run and three seconds, on a busy machine");
    const { ok, message } = await here.health();
    assert.equal(ok, false);
    assert.match(message, /failed: no answer before the command ended$/);
  });

  it("F59: kill -9 in the middle of a push: the next command has it there, and nothing of the first is left", async () => {
    const here = place(WAITING);
    const arrived = join(here.path, "arrived");
    here.hook(`cat > /dev/null; echo $$ > ${arrived}; while :; do sleep 0.05; done`);
    const running = here.start("run", "w", "--json");
    const waits = await numberIn(arrived);
    running.child.kill("SIGKILL");
    await running.ended;
    const kept = join(here.base, "home/.local/state/decapod");
    const [project = ""] = readdirSync(kept);
    const pushes = () => readdirSync(join(kept, project)).filter((name) => name.startsWith("push-"));
    assert.equal(pushes().length, 1);
    writeFileSync(join(here.base, "go"), "");
    here.hook("exit 0");
    const ended = await here.run("resume", "--json");
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(pushes(), []);
    await goneProcess(waits);
    assert.equal((await here.health()).ok, true);
  });

  it("I6: goes nowhere because a repository, a project or the configuration of somebody inside it says so", async () => {
    const here = place();
    here.configure(null);
    git(here.path, "remote", "add", "origin", here.remote);
    git(here.path, "config", "remote.pushDefault", "origin");
    here.write(".config/decapod/config.yaml", JSON.stringify({ push: { [here.path]: here.remote } }));
    await here.ended();
    assert.deepEqual(here.there(), [""]);
    here.write("decapod.yaml", JSON.stringify({ push: { [here.path]: here.remote } }));
    assert.equal((await here.run("run", "w")).code, 3, "no key of a project");
    rmSync(join(here.path, "decapod.yaml"));
    here.configure(`${here.remote}`);
    await here.ended();
    assert.ok(here.there().length > 1);
  });

  it("G11: a commit of an agent's own that holds what looks like a secret stays here, and health names the file, until the person has taken it", async () => {
    const secret =
      "echo x > .env && echo api > api.txt && git add -Af && git -c user.name=a -c user.email=a@b commit -qm mine";
    const here = place(WORKFLOW.replace("echo api > api.txt", secret));
    await here.ended();
    const { message, hint } = await here.health();
    assert.match(message, /not off this machine.*; 1 ref stays here: \.env looks like a secret/);
    const works = () => here.there().filter((name) => name.startsWith("refs/decapod/work/"));
    assert.deepEqual(works(), []);
    const merge = /^git show (?<it>\S+); if it is no secret: git merge \k<it>, then it goes$/;
    const { it = "" } = merge.exec(hint)?.groups ?? {};
    git(here.path, "merge", "--quiet", it);
    here.write(".claude/workflows/w.yaml", WORKFLOW);
    await here.ended();
    assert.ok(works().includes(it), "nothing is kept from a remote that the person has taken themselves");
    assert.equal((await here.health()).ok, true);
  });

  it("O6, O8: a token in the address is noted nowhere, though git names it when it is refused; notes are for the person alone", async (t) => {
    const host = await refusing(t);
    const here = place(WORKFLOW, `http://ghp_0123456789abc@${host}/site.git`);
    await here.ended();
    const { message } = await here.health();
    assert.match(
      message,
      new RegExp(`the last push to http://${host}/site.git of .* failed: could not read Password`),
    );
    const kept = join(here.base, "home/.local/state/decapod");
    const [project = ""] = readdirSync(kept);
    const noted = join(kept, project, "pushed.json");
    assert.doesNotMatch(`${message}${readFileSync(noted, "utf8")}`, /ghp_0123456789abc/);
    assert.equal(statSync(noted).mode & 0o777, 0o600);
  });
});
