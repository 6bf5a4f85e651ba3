import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { realProcessTable } from "../../../src/port/process-table.ts";
import { PROGRAM } from "../../support/program.ts";
import { cloudFront, DISTRIBUTION } from "../../support/swift/cloudfront.ts";
import { type Asked, faultProxy } from "../../support/swift/fault-proxy.ts";
import { KEY, type Swift, startSwift, WITHOUT_SWIFT } from "../../support/swift/swift.ts";
import {
  type Ended,
  environmentWith,
  type Folder,
  freshFolder,
  has,
  type Running,
  startIn,
} from "../decapod.ts";
import { TERMINAL, terminal } from "../terminal.ts";

const KEYS = { DEPLOY_ID: KEY.AWS_ACCESS_KEY_ID, DEPLOY_SECRET: KEY.AWS_SECRET_ACCESS_KEY };

const PUBLISH = `name: publish
tasks:
  - id: deploy
    agent: deploy
    parameters: { environment: dev }
`;

describe("a deploy by the whole program", { skip: WITHOUT_SWIFT }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  async function projectIn(bucket: string, target: string) {
    await swift.bucket(bucket);
    const project = freshFolder({ publish: PUBLISH });
    project.write(
      "decapod.yaml",
      `targets:
  dev:
    bucket: ${bucket}
    region: us-east-1
    ${target}
    credentials: { access_key_id: DEPLOY_ID, secret_access_key: DEPLOY_SECRET }
`,
    );
    project.write("public/index.html", "<h1>Home</h1>");
    return project;
  }
  it("T0-37, T1-22: uploads, refreshes, looks, and leaves a receipt without a secret", async (t) => {
    const front = await cloudFront(t, swift, "whole");
    const project = await projectIn(
      "whole",
      `endpoint: ${swift.endpoint}
    cloudfront_endpoint: ${front.endpoint}
    distribution_id: ${DISTRIBUTION}
    url: ${front.url}`,
    );
    const { code, stdout, stderr } = await withKeys(project, "run", "publish");
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await (await fetch(front.url)).text(), "<h1>Home</h1>");
    const files = below(join(project.path, ".claude/workflow-state/runs"));
    const receipt = files.find((file) => file.endsWith("artifacts/receipt.json")) ?? "";
    assert.equal(JSON.parse(readFileSync(receipt, "utf8")).uploaded_files, 1);
    for (const file of files)
      assert.ok(!readFileSync(file, "utf8").includes(KEY.AWS_SECRET_ACCESS_KEY), file);
    const again = await withKeys(project, "run", "publish");
    assert.equal(again.code, 1, "nothing was uploaded, which the founding criteria ask for");
    assert.match(again.stdout + again.stderr, /uploaded_files > 0/);
  });

  it("A7: E_GATE_REQUIRED when another name leads to the production bucket", async () => {
    const project = await projectIn("gate", `endpoint: ${swift.endpoint}`);
    const text = readFileSync(join(project.path, "decapod.yaml"), "utf8");
    project.write("decapod.yaml", `${text}  production: { bucket: gate }\n`);
    const { code, stderr, stdout } = await project.run("validate", "publish");
    assert.equal(code, 4, stdout + stderr);
    assert.match(stdout + stderr, /E_GATE_REQUIRED/);
    assert.deepEqual(await swift.keys("gate"), []);
  });

  it("F3: killed in the middle, it is not done again until a person says so, and nothing is uploaded twice", async (t) => {
    const held = Promise.withResolvers<void>();
    const uploading = Promise.withResolvers<void>();
    let isHeld = true;
    const proxy = await faultProxy(t, swift.port, async ({ method, path }) => {
      if (isHeld && method === "PUT" && path.includes("index.html")) {
        uploading.resolve();
        await held.promise;
        return "cut";
      }
      return null;
    });
    const project = await projectIn("killed", `endpoint: ${proxy.endpoint}`);
    project.write("public/a.css", "a");
    const run = withKeys(project, "run", "publish");
    await uploading.promise;
    process.kill(deployOf(project.path), "SIGKILL");
    held.resolve();
    isHeld = false;
    const { code, stdout, stderr } = await run;
    assert.equal(code, 8, stdout + stderr);
    assert.deepEqual(
      (await swift.keys("killed")).filter((key) => !key.startsWith(".")),
      ["a.css"],
    );
    const before = proxy.asked.filter(({ method }) => method === "PUT").length;
    const resumed = await withKeys(project, "resume");
    assert.equal(resumed.code, 8, resumed.stdout + resumed.stderr);
    assert.equal(
      proxy.asked.filter(({ method }) => method === "PUT").length,
      before,
      "not done again unasked",
    );
  });

  /** A deploy that stands still while it uploads its page, until it is let go. */
  async function standingStill(t: TestContext, bucket: string) {
    const [held, uploading] = [Promise.withResolvers<"cut" | null>(), Promise.withResolvers<void>()];
    const isPage = ({ method, path }: Asked) => method === "PUT" && path.includes("index.html");
    const uploads = () => proxy.asked.filter(isPage).length;
    const proxy = await faultProxy(t, swift.port, async (asked) => {
      if (!isPage(asked)) return null;
      const isFirst = uploads() === 1;
      uploading.resolve();
      return isFirst ? held.promise : null;
    });
    const front = await cloudFront(t, swift, bucket);
    const project = await projectIn(
      bucket,
      `endpoint: ${proxy.endpoint}
    cloudfront_endpoint: ${front.endpoint}
    distribution_id: ${DISTRIBUTION}
    url: ${front.url}`,
    );
    const run = startWithKeys(project, "run", "publish");
    await uploading.promise;
    return { project, run, uploads, letGo: held.resolve, front };
  }

  it("F3: the engine is killed alone: the deploy goes on, and whoever resumes takes what came of it", async (t) => {
    const { project, run, uploads, letGo, front } = await standingStill(t, "engine");
    run.child.kill("SIGKILL");
    await run.ended;
    const resumed = startWithKeys(project, "resume");
    letGo(null);
    const { code, stdout, stderr } = await resumed.ended;
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await (await fetch(front.url)).text(), "<h1>Home</h1>");
    assert.equal(uploads(), 1);
  });

  const skip = has(TERMINAL, "--version") ? false : "needs script (bsdutils)";
  it("F3: all of it is killed: exit 8 with what to look at, however often it is resumed, and a person alone has it done again", {
    skip,
  }, async (t) => {
    const { project, run, uploads, letGo } = await standingStill(t, "machine");
    const deploy = deployOf(project.path);
    const host = parentOf(deploy);
    assert.equal(parentOf(host), run.child.pid);
    for (const pid of [host, deploy]) process.kill(pid, "SIGKILL");
    run.child.kill("SIGKILL");
    await run.ended;
    letGo("cut");
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout, stderr } = await withKeys(project, "resume");
      assert.equal(code, 8, stdout + stderr);
      assert.match(
        stdout + stderr,
        /may have done its work or not .* Look, then say: happened, retry or fail\./,
      );
    }
    const [question = ""] = /a-\w+/.exec((await project.run("inbox")).stdout) ?? [];
    const asked = await withKeys(project, "approve", question, "--choice", "retry");
    assert.equal(asked.code, 4, "no program says so");
    assert.equal(uploads(), 1);
    const { code, screen } = await terminal(project, ["approve", question, "--choice", "retry"], [], KEYS);
    assert.equal(code, 0, screen);
    const { code: end, stderr } = await withKeys(project, "resume");
    assert.equal(end, 0, stderr);
    assert.equal(uploads(), 2);
  });
});

function below(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The process that deploys, known by what it alone is given. */
function deployOf(folder: string): number {
  const found = realProcessTable
    .pids()
    .filter((pid) => realProcessTable.variable(pid, "DECAPOD_DEPLOY_SECRETS") !== null)
    .filter((pid) => realProcessTable.variable(pid, "DECAPOD_OUTPUT")?.startsWith(folder) === true);
  assert.equal(found.length, 1);
  return found[0] as number;
}

const parentOf = (pid: number): number => realProcessTable.row(pid)?.parent ?? assert.fail(`${pid} is gone`);

/** Started with the keys that the target names. */
function withKeys(project: Folder, ...words: readonly string[]): Promise<Ended> {
  return startWithKeys(project, ...words).ended;
}

function startWithKeys(project: Folder, ...words: readonly string[]): Running {
  const home = join(project.path, "../home");
  return startIn(project.path, { ...environmentWith(home), ...KEYS }, [...PROGRAM, ...words]);
}
