/**
 * The two examples of the founding guide, on both of its sites: a new page and a changed one, from the request to
 * staging. Real git, Hugo and S3, a cache in front, a person at a terminal; only the agent that writes is a script.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { noHugo, writeIn, writeSite } from "../support/hugo-site.ts";
import { cloudFront, DISTRIBUTION } from "../support/swift/cloudfront.ts";
import { KEY, type Swift, startSwift, WITHOUT_SWIFT } from "../support/swift/swift.ts";
import { withHands } from "../support/with-hands.ts";
import { freshFolder, has } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const KEYS = { DEPLOY_ID: KEY.AWS_ACCESS_KEY_ID, DEPLOY_SECRET: KEY.AWS_SECRET_ACCESS_KEY };
const TEMPLATES = join(import.meta.dirname, "../../templates");
/** The insurance site with its more than a hundred pages, and the documentation site; and how many. */
const SITES = { "klm-hugo-site": 120, "klm-plan": 12 } as const;
type Site = keyof typeof SITES;
const TO_STAGING_MAX_MS = 120_000;

const skip = noHugo || WITHOUT_SWIFT || (!has(TERMINAL, "--version") && "needs script (bsdutils)");

const YES: readonly [string, string] = ["Enter to leave:", "y\r"];

interface Asked {
  readonly workflow: string;
  readonly site: Site;
  /** What the agent answers, one after the other. */
  readonly answers: readonly unknown[];
  readonly inputs: Readonly<Record<string, string>>;
  readonly typed?: readonly (readonly [question: string, typed: string])[];
}

describe("pages of a site", { skip, concurrency: 2 }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  async function work(t: TestContext, { workflow, site, answers, inputs, typed = [YES, YES] }: Asked) {
    const bucket = `${workflow}-${site}`;
    await swift.bucket(bucket);
    const front = await cloudFront(t, swift, bucket);
    const project = freshFolder();
    const folder = join(project.path, site);
    writeSite(folder, SITES[site]);
    writeIn(
      folder,
      "layouts/_default/landing.html",
      "<main>{{ .Content }}</main>{{ .Params.form_tracking }}\n",
    );
    writeIn(folder, "content/prices.md", "---\ntitle: Prices   # as in the menu\n---\n\nFrom 10 to 20.\n");
    const said = answers.map((answer) => JSON.stringify(answer));
    said.forEach((text, at) => void project.write(`../said/${at}`, text));
    const hand =
      'touch ../asked; n=$(wc -l < ../asked); echo x >> ../asked; cp "../said/$n" "$DECAPOD_OUTPUT"';
    const text = readFileSync(join(TEMPLATES, `${workflow}.yaml`), "utf8");
    project.write(`.claude/workflows/${workflow}.json`, withHands(text, { write: hand }, true));
    project.write(
      "decapod.yaml",
      `targets:
  staging:
    bucket: ${bucket}
    region: us-east-1
    endpoint: ${swift.endpoint}
    cloudfront_endpoint: ${front.endpoint}
    distribution_id: ${DISTRIBUTION}
    url: ${front.url}
    credentials: { access_key_id: DEPLOY_ID, secret_access_key: DEPLOY_SECRET }
`,
    );
    project.write(".gitignore", "public/\n.claude/workflow-state/\n");
    const git = (...words: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=Kim", "-c", "user.email=kim@example.com", ...words], {
        cwd: project.path,
        encoding: "utf8",
      });
    git("init", "--quiet", "-b", "main");
    git("config", "user.name", "Kim");
    git("config", "user.email", "kim@example.com");
    git("add", "--all");
    git("commit", "--quiet", "--message", "the site");
    const given = { site_path: site, staging_url: front.url, ...inputs };
    const words = Object.entries(given).flatMap(([name, value]) => ["-i", `${name}=${value}`]);
    const { code, screen } = await terminal(project, ["run", workflow, ...words], typed, KEYS);
    assert.equal(code, 0, screen);
    const { stdout } = await project.run("scorecard", "--json");
    const [score] = JSON.parse(stdout).runs;
    return { front, git, screen, score, folder };
  }

  const ASKED_LITTLE = { messages: 3, contentApprovals: 1, permissionPrompts: 0, switches: 0, commands: 0 };
  const counted = (score: Record<string, number>) =>
    Object.fromEntries(Object.keys(ASKED_LITTLE).map((name) => [name, score[name]]));

  for (const site of Object.keys(SITES) as Site[]) {
    it(`T1-24, T1-25, T0-55: a landing page of ${site} is on staging after three messages and at most two minutes of work`, async (t) => {
      const { front, git, screen, score, folder } = await work(t, {
        workflow: "landing-page",
        site,
        answers: [
          { description: "Ten percent in July.", body: "## Your new car\n\nTen percent less in *July*." },
        ],
        inputs: {
          slug: "summer-auto-promo-2026",
          title: "Summer: auto",
          brief: "ten percent in July",
          form_tracking: "summer-auto-2026",
        },
      });
      assert.match(screen, /Ten percent less in \*July\*/, "the text was shown");
      assert.match(screen, /Ready to deploy to staging\?/);
      assert.deepEqual(counted(score), ASKED_LITTLE);
      assert.ok(score.machineToStagingMs < TO_STAGING_MAX_MS, `${score.machineToStagingMs} ms`);
      t.diagnostic(`to staging in ${Math.round(score.machineToStagingMs)} ms, without the time for people`);
      const page = await (await fetch(`${front.url}summer-auto-promo-2026/`)).text();
      assert.match(page, /<main><h2 id="?your-new-car"?>Your new car<\/h2>[\s\S]*summer-auto-2026/);
      const made = readFileSync(join(folder, "content/summer-auto-promo-2026.md"), "utf8");
      assert.match(made, /^title: "Summer: auto"$/m);
      assert.equal(
        git("show", "--format=%s", "--name-only", "HEAD").trim(),
        `content: Summer: auto\n\n${site}/content/summer-auto-promo-2026.md`,
      );
      assert.equal(git("status", "--porcelain", "--untracked-files=no"), "", "nothing else was changed");
    });

    it(`T1-26, T1-25, T0-55: a page of ${site} is changed as it was shown, and is on staging`, async (t) => {
      const { front, git, screen, score, folder } = await work(t, {
        workflow: "update-page",
        site,
        answers: [
          [{ find: "From 9 to 20.", with: "no such text" }],
          [{ find: "From 10 to 20.", with: "From 12 to 22." }],
        ],
        inputs: { page: "content/prices.md", change: "prices of 2027" },
      });
      assert.match(screen, /-From 10 to 20\.[\s\S]*\+From 12 to 22\./, "old and new were shown");
      assert.deepEqual(counted(score), ASKED_LITTLE);
      assert.ok(score.machineToStagingMs < TO_STAGING_MAX_MS, `${score.machineToStagingMs} ms`);
      assert.match(await (await fetch(`${front.url}prices/`)).text(), /From 12 to 22\./);
      assert.equal(
        readFileSync(join(folder, "content/prices.md"), "utf8"),
        "---\ntitle: Prices   # as in the menu\n---\n\nFrom 12 to 22.\n",
      );
      assert.equal(
        git("show", "--format=%s", "--name-only", "HEAD").trim(),
        `content: prices of 2027\n\n${site}/content/prices.md`,
      );
    });
  }
});
