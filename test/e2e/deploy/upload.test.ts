import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SCALE } from "../../support/scale.ts";
import { deployRig } from "../../support/swift/deploy-rig.ts";
import { type Swift, startSwift, WITHOUT_SWIFT } from "../../support/swift/swift.ts";

/** Beyond what one listing holds, where there is time. */
const COUNT = SCALE === "commit" ? 30 : 1_050;

describe("a deploy to a real server", { skip: WITHOUT_SWIFT }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  const site = {
    "index.html": "<h1>Home</h1>",
    "news/index.html": "<h1>News</h1>",
    "css/main.min.0a1b2c3d4e5f.css": "h1 { color: red }",
    "logo.svg": "<svg/>",
    "a b+ü.txt": "odd name",
  };
  const pages = async (bucket: string) =>
    (await swift.keys(bucket)).filter((key) => !key.startsWith(".decapod/"));

  it("uploads with types and cache headers, then only what changed, and says what it did", async (t) => {
    const bucket = await swift.bucket("plain");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write(site);
    const first = rig.output(await rig.deploy());
    assert.equal(first.uploaded_files, 5);
    assert.equal(first.deployment_success, true);
    assert.equal(first.previous_release, null);
    assert.deepEqual(await pages(bucket), Object.keys(site).sort());
    assert.deepEqual(await swift.get(bucket, "index.html"), {
      body: "<h1>Home</h1>",
      type: "text/html; charset=utf-8",
      cache: "public, max-age=0, must-revalidate",
    });
    const style = await swift.get(bucket, "css/main.min.0a1b2c3d4e5f.css");
    assert.equal(style?.cache, "public, max-age=31536000, immutable");
    assert.equal((await swift.get(bucket, "logo.svg"))?.type, "image/svg+xml; charset=utf-8");

    rig.write({ "news/index.html": "<h1>More news</h1>" });
    const second = rig.output(await rig.deploy());
    assert.equal(second.uploaded_files, 1);
    assert.equal(second.unchanged_files, 4);
    assert.equal(second.previous_release, first.release_id);
    const receipt = JSON.parse(rig.receipts[1] ?? "");
    assert.equal(receipt.release_id, second.release_id);
    assert.equal(receipt.manifest.length, 5);
    assert.ok(rig.lines.includes("s3://plain/ has 5 files: 1 to upload, 4 unchanged, 0 to delete"));
  });

  it("serves a file anew when only its headers are to be others", async (t) => {
    const bucket = await swift.bucket("headers");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "x", "a.css": "y" });
    await rig.deploy();
    const output = rig.output(await rig.deploy({ cache: { "*.css": "no-store", "**": "private" } }));
    assert.equal(output.uploaded_files, 2);
    assert.equal((await swift.get(bucket, "a.css"))?.cache, "no-store");
    assert.equal((await swift.get(bucket, "index.html"))?.cache, "private");
  });

  it("uploads a large file in parts, knows it again, and leaves no upload open", async (t) => {
    const bucket = await swift.bucket("large");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    const film = Buffer.alloc(40 * 1024 * 1024, "film ");
    rig.write({ "index.html": "x", "film.mp4": film });
    assert.equal(rig.output(await rig.deploy()).uploaded_files, 2);
    const kept = await swift.get(bucket, "film.mp4");
    assert.ok(kept?.body === film.toString("latin1"));
    assert.equal(rig.output(await rig.deploy()).unchanged_files, 2);
    assert.equal(await swift.uploads(bucket), 0);
  });

  it("stays below its prefix, whatever else lies in the bucket", async (t) => {
    const bucket = await swift.bucket("prefixed");
    await swift.put(bucket, "other/index.html", "not ours");
    const rig = deployRig(t, { bucket, prefix: "site", endpoint: swift.endpoint });
    rig.write({ "index.html": "x", "old.html": "y" });
    await rig.deploy();
    rig.remove("old.html");
    rig.output(await rig.deploy({ delete: true }));
    const keys = (await swift.keys(bucket)).filter((key) => !key.includes(".decapod/"));
    assert.deepEqual(keys, ["other/index.html", "site/index.html"]);
  });

  it("deletes several at once, and only when asked", async (t) => {
    const bucket = await swift.bucket("many");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    const many = Object.fromEntries(
      Array.from({ length: COUNT }, (_, index) => [`n/${index}.txt`, `${index}`]),
    );
    rig.write({ "index.html": "x", ...many });
    rig.output(await rig.deploy({ keep_releases: 0 }));
    rig.remove("n");
    assert.equal(rig.output(await rig.deploy({ keep_releases: 0 })).deleted_files, 0);
    const output = rig.output(await rig.deploy({ keep_releases: 0, delete: true, max_deletions: COUNT }));
    assert.equal(output.deleted_files, COUNT);
    assert.deepEqual(await pages(bucket), ["index.html"]);
  });

  it("C11: E_DEPLOY_SHRINK before anything is changed", async (t) => {
    const bucket = await swift.bucket("shrink");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.html`, "x"])));
    await rig.deploy();
    rig.remove(...Array.from({ length: 19 }, (_, index) => `${index}.html`));
    const { failure } = await rig.deploy({ delete: true });
    assert.equal(failure?.class, "config_error");
    assert.match(failure?.message ?? "", /^E_DEPLOY_SHRINK it would delete 19 of 20, and at most 10/);
    assert.equal((await pages(bucket)).length, 20);
  });

  it("plans without doing anything, and deploys nothing else than what was planned", async (t) => {
    const bucket = await swift.bucket("planned");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write(site);
    const plan = rig.output(await rig.deploy({ dry_run: true }));
    assert.equal(plan.would_upload, 5);
    assert.deepEqual(await swift.keys(bucket), []);
    rig.write({ "index.html": "<h1>Changed</h1>" });
    const planned = { plan_digest: plan.plan_digest as string };
    const { failure } = await rig.deploy(planned);
    assert.match(failure?.message ?? "", /^E_DEPLOY_CHANGED/);
    assert.deepEqual(await swift.keys(bucket), []);
    rig.write({ "index.html": "<h1>Home</h1>" });
    assert.equal(rig.output(await rig.deploy(planned)).uploaded_files, 5);
  });

  it("C10: E_ARTEFACT lists what must not be published, and nothing is", async (t) => {
    const bucket = await swift.bucket("secrets");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint, allow: ["manual/*.html"] });
    const key = ["-----BEGIN RSA PRIVATE", "KEY-----\nMIIE"].join(" ");
    rig.write({
      "index.html": "x",
      "manual/keys.html": key,
      "js/app.js": "const k = 'a-known-secret-value';",
    });
    rig.write({ ".env": "A=b", ".git/config": "[core]", "js/notes.txt": key });
    rig.link("/etc/passwd", "passwd.txt");
    rig.link("index.html", "home.html");
    const secrets = { TOKEN: "a-known-secret-value" };
    const { failure } = await rig.deploy({}, { secrets });
    const message = failure?.message ?? "";
    assert.match(message, /^E_ARTEFACT nothing was deployed/);
    for (const said of [
      ".env holds settings",
      ".git is the history",
      "js/app.js holds the secret TOKEN",
      "js/notes.txt holds a private key",
      "passwd.txt is a link that leads out",
    ])
      assert.ok(message.includes(said), `${said} in: ${message}`);
    assert.doesNotMatch(message, /manual|home\.html|known-secret/);
    assert.deepEqual(await swift.keys(bucket), []);
  });

  it("refuses a folder that a link leads out of the workspace", async (t) => {
    const bucket = await swift.bucket("outside");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "x" });
    rig.link("/etc", "out");
    const { failure } = await rig.deploy({ source: "public/out" });
    assert.match(failure?.message ?? "", /^E_OUTSIDE_ROOT/);
  });
});
