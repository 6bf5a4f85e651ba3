/** What only a person can do something about: put to people, and gone on with as they say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { noHugo, writeIn, writeSite } from "../support/hugo-site.ts";
import { until } from "../support/processes.ts";
import { type Folder, freshFolder } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const noTerminal = spawnSync(TERMINAL, ["--version"]).error === undefined ? false : "needs script (bsdutils)";

const SITE = `name: site
tasks:
  - id: build
    agent: hugo-build
    parameters: { site_path: site, environment: staging, base_url: https://www.example.com }
  - { id: after, agent: shell, dependencies: [build], parameters: { run: touch built } }
`;
const CONFIG = 'baseURL = "https://site.example/"\n';
const UPLOAD = `name: upload
tasks:
  - { id: upload, agent: send, parameters: {} }
`;
/** It cannot go on until somebody has logged in. */
const SEND = `test -e logged-in || { echo "fatal: Unable to locate credentials" >&2; exit 255; }\n`;
const TASK = "---\ntask_id: a\ntask_type: send\n---\n\n## Task Description\nSend it.\n";

function sending(): Folder {
  const folder = freshFolder({ upload: UPLOAD });
  folder.write("workers/send.yaml", "command: [bash, ./send.sh]\n");
  folder.write("workers/send.sh", SEND);
  mkdirSync(join(folder.path, "tasks/pending"), { recursive: true });
  return folder;
}

interface Asked {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly choices: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
}

async function asked(folder: Folder): Promise<Asked> {
  const { decisions } = JSON.parse((await folder.run("inbox", "--json")).stdout);
  assert.equal(decisions.length, 1);
  return decisions[0];
}

async function statusOf(folder: Folder): Promise<string> {
  const [run] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
  return run.status;
}

const lies = ({ path }: Folder, name: string) => existsSync(join(path, "tasks", name));

describe("an escalation", { skip: noTerminal }, () => {
  it("T1-36, T1-37: of a build is in the inbox in the founding words, waits, and is tried again once it was mended", {
    skip: noHugo,
  }, async () => {
    const folder = freshFolder({ site: SITE });
    const site = join(folder.path, "site");
    writeSite(site, 3);
    writeIn(site, "config.toml", `${CONFIG}theme = "nosuch"\n`);
    const ran = await folder.run("run", "site");
    assert.equal(ran.code, 8, ran.stderr);
    const { id, kind, title, choices, facts } = await asked(folder);
    assert.match(
      title,
      /^Build failed with unexpected error: .*module "nosuch" not found.*\. How would you like to proceed\?$/,
    );
    assert.deepEqual([kind, choices, facts.tried], ["blocker", ["retry", "give_up"], "1 attempt"]);
    assert.ok(ran.stderr.includes(title), ran.stderr);
    assert.ok(ran.stderr.includes(`decapod approve ${id}`), ran.stderr);
    writeIn(site, "config.toml", CONFIG);
    const { code, screen } = await terminal(
      folder,
      ["approve", id],
      [["give_up, or Enter to leave:", "retry\r"]],
    );
    assert.equal(code, 0, screen);
    assert.equal(await statusOf(folder), "success");
    assert.ok(existsSync(join(folder.path, "built")));
  });

  it("T1-33: that is given up has failed, exit 1, also for who waits for the run", async () => {
    const folder = sending();
    const running = folder.start("run", "upload", "--wait");
    await running.says("Please check AWS credentials on laptop");
    const { id } = await asked(folder);
    const { code, screen } = await terminal(folder, ["reject", id], []);
    assert.equal(code, 0, screen);
    const ended = await running.ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /aws_credentials/);
    assert.equal(await statusOf(folder), "failed");
  });

  it("is asked at the terminal of run, as often as it fails, and given up there ends with 1", async () => {
    const folder = sending();
    const question = "retry, give_up, or Enter to leave:";
    const { code, screen } = await terminal(
      folder,
      ["run", "upload"],
      [
        [question, "retry once more\r"],
        [question, "give_up\r"],
      ],
    );
    assert.equal(code, 1, screen);
    assert.match(screen, /2 attempts/);
  });

  it("of a task file waits with it in in-progress, and its result tells how it ended", async () => {
    const folder = sending();
    folder.write("tasks/pending/a.md", TASK);
    const { code, stderr } = await folder.run("work", "a");
    assert.equal(code, 8, stderr);
    assert.match(stderr, /Please check AWS credentials on laptop/);
    assert.ok(lies(folder, "in-progress/a.md"));
    folder.write("logged-in", "");
    const { id } = await asked(folder);
    const made = await terminal(folder, ["approve", id, "--choice", "retry", "--comment", "logged in"], []);
    assert.equal(made.code, 0, made.screen);
    assert.ok(lies(folder, "completed/a.md"));
    const result = readFileSync(join(folder.path, "results/latest/a.result.md"), "utf8");
    assert.match(result, /^status: success$[\s\S]*^attempts: 2$/m);
  });

  it("where task files are followed is told once, and holds nothing else up", async () => {
    const folder = sending();
    folder.write("tasks/pending/a.md", TASK);
    const running = folder.start("tasks", "watch", "--slots", "1");
    await running.says("Please check AWS credentials on laptop");
    folder.write("workers/other.yaml", "command: ['true']\n");
    folder.write("tasks/pending/b.md", TASK.replace("_id: a", "_id: b").replace("send\n", "other\n"));
    await until(() => lies(folder, "completed/b.md"), "the other is done");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    assert.equal(stderr.match(/Please check AWS/g)?.length, 1);
    assert.ok(lies(folder, "in-progress/a.md"));
  });

  it("in a rehearsal is answered by its file", async () => {
    const folder = sending();
    const entries = "upload:\n  - { fail: aws_credentials }\n  - { output: sent }\n";
    folder.write(".claude/workflows/upload.rehearsal.yaml", entries);
    assert.equal((await folder.run("run", "upload", "--rehearse")).code, 8);
    folder.write(
      ".claude/workflows/upload.rehearsal.yaml",
      entries.replace("credentials }", "credentials, decision: retry }"),
    );
    const played = await folder.run("run", "upload", "--rehearse");
    assert.equal(played.code, 0, played.stderr);
  });

  it("asks nobody about what is gone on after: an item, an iteration of a group, a called workflow", async () => {
    const folder = sending();
    const many = `name: many
tasks:
  - { id: items, agent: send, foreach: { items: [a, b], on_failure: ignore } }
  - id: again
    agent: group
    repeat: { until: true, max: 1, on_failure: continue }
    parameters: { tasks: [{ id: inside, agent: send }] }
  - { id: called, agent: workflow, on_failure: skip, parameters: { name: upload } }
`;
    folder.write(".claude/workflows/many.yaml", many);
    const ran = await folder.run("run", "many");
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stderr.includes("Please check AWS credentials"), false, ran.stderr);
    assert.match((await folder.run("inbox")).stdout, /^nothing waits for you/);
  });

  it("asks nobody where a script fails of the same", async () => {
    const folder = sending();
    folder.write("out.sh", SEND);
    folder.write(
      ".claude/workflows/script.yaml",
      "name: script\ntasks: [{ id: a, agent: shell, parameters: { run: bash out.sh } }]\n",
    );
    const failed = await folder.run("run", "script");
    assert.equal(failed.code, 1, failed.stderr);
    assert.match((await folder.run("inbox")).stdout, /^nothing waits for you/);
  });
});
