import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { cloudFront, DISTRIBUTION } from "../../support/swift/cloudfront.ts";
import { deployRig } from "../../support/swift/deploy-rig.ts";
import { faultProxy } from "../../support/swift/fault-proxy.ts";
import { type Swift, startSwift, WITHOUT_SWIFT } from "../../support/swift/swift.ts";

describe("going back", { skip: WITHOUT_SWIFT }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  async function site(bucket: string): Promise<Readonly<Record<string, string>>> {
    const keys = (await swift.keys(bucket)).filter((key) => !key.startsWith(".decapod/"));
    const read = keys.map(async (key) => {
      const kept = await swift.get(bucket, key);
      return [key, `${kept?.body} ${kept?.type} ${kept?.cache ?? ""}`] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  it("brings back each release as it was, with its headers, and forward again", async (t) => {
    const bucket = await swift.bucket("back");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "one", "a.css": "one", "gone.html": "one", "same.txt": "same" });
    const first = rig.output(await rig.deploy());
    const [one] = [await site(bucket)];
    rig.write({ "index.html": "two", "a.css": "two", "b.css": "two" });
    rig.remove("gone.html");
    const second = rig.output(await rig.deploy({ delete: true, cache: { "a.css": "no-store" } }));
    const two = await site(bucket);
    await swift.put(bucket, "by-hand.txt", "stays");
    const hand = { "by-hand.txt": (await site(bucket))["by-hand.txt"] };

    const back = rig.output(await rig.deploy({ rollback_to: "previous" }));
    assert.deepEqual(await site(bucket), { ...one, ...hand });
    assert.equal(back.uploaded_files, 3);
    assert.equal(back.deleted_files, 1);
    assert.equal(back.rollback_of, first.release_id);
    assert.equal(back.previous_release, second.release_id);

    rig.output(await rig.deploy({ rollback_to: second.release_id as string }));
    assert.deepEqual(await site(bucket), { ...two, ...hand });
  });

  it("comes back to what was there before the first deploy", async (t) => {
    const bucket = await swift.bucket("foreign");
    await swift.put(bucket, "index.html", "by hand");
    await swift.put(bucket, "left.html", "untouched");
    const was = await site(bucket);
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "deployed", "new.css": "x" });
    const first = rig.output(await rig.deploy());
    assert.match(String(first.previous_release), /-00000000$/);
    rig.output(await rig.deploy({ rollback_to: "previous" }));
    assert.deepEqual(await site(bucket), was);
  });

  it("C10: a deploy that finds all as it is takes no place among the ways back, and refreshes all the same", async (t) => {
    const bucket = await swift.bucket("again");
    const front = await cloudFront(t, swift, bucket);
    const rig = deployRig(t, {
      bucket,
      endpoint: swift.endpoint,
      cloudfront_endpoint: front.endpoint,
      distribution_id: DISTRIBUTION,
    });
    rig.write({ "index.html": "one" });
    const first = rig.output(await rig.deploy());
    rig.write({ "index.html": "two" });
    const second = rig.output(await rig.deploy({ keep_releases: 1 }));
    await swift.put(bucket, "index.html", "by hand");
    const mended = rig.output(await rig.deploy({ keep_releases: 1 }));
    const again = rig.output(await rig.deploy({ keep_releases: 1, commit: "a".repeat(40) }));
    for (const { release_id, previous_release } of [mended, again])
      assert.deepEqual([release_id, previous_release], [second.release_id, first.release_id]);
    const refreshed = [first, second, mended, again].map(({ invalidation_id }) => invalidation_id);
    assert.equal(new Set(refreshed).size, 4);
    rig.output(await rig.deploy({ rollback_to: "previous" }));
    assert.equal((await swift.get(bucket, "index.html"))?.body, "one");
  });

  it("F70: one whose page did not answer and that was done again goes back to the release before it", async (t) => {
    const bucket = await swift.bucket("foreign-again");
    await swift.put(bucket, "index.html", "by hand");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint, url: "https://www.example.com/" });
    const deploy = (status: number) => rig.deploy({}, { page: async () => ({ status, sha256: "" }) });
    rig.write({ "index.html": "one" });
    const first = rig.output(await deploy(200));
    rig.write({ "index.html": "two" });
    assert.equal((await deploy(503)).failure?.class, "criteria_failed");
    assert.equal(rig.output(await deploy(200)).previous_release, first.release_id);
  });

  it("F70: what the first deploy left behind when it was cut off is no release before it", async (t) => {
    const bucket = await swift.bucket("cut-first");
    const proxy = await faultProxy(t, swift.port, ({ method, path }) =>
      method === "PUT" && path.includes("/index.html") ? { status: 403, code: "AccessDenied" } : null,
    );
    const first = deployRig(t, { bucket, endpoint: proxy.endpoint });
    first.write({ "index.html": "one", "a.css": "one" });
    assert.match((await first.deploy()).failure?.message ?? "", /1 of 2 files uploaded/);
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "two", "a.css": "one" });
    assert.equal(rig.output(await rig.deploy()).previous_release, null);
  });

  it("F70: a way back whose page did not answer is done again, not undone", async (t) => {
    const bucket = await swift.bucket("back-again");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint, url: "https://www.example.com/" });
    const page = (status: number) => ({ page: async () => ({ status, sha256: "" }) });
    rig.write({ "index.html": "one" });
    const first = rig.output(await rig.deploy({}, page(200)));
    rig.write({ "index.html": "two" });
    rig.output(await rig.deploy({}, page(200)));
    const back = { rollback_to: "previous" };
    assert.equal((await rig.deploy(back, page(503))).failure?.class, "criteria_failed");
    assert.equal(rig.output(await rig.deploy(back, page(200))).rollback_of, first.release_id);
    assert.match((await site(bucket))["index.html"] ?? "", /^one /);
  });

  it("keeps as many as it is told, and says what it has when another is asked for", async (t) => {
    const bucket = await swift.bucket("kept");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    const releases: string[] = [];
    for (const text of ["one", "two", "three"]) {
      rig.write({ "index.html": text });
      releases.push(String(rig.output(await rig.deploy({ keep_releases: 1 })).release_id));
    }
    const { failure } = await rig.deploy({ rollback_to: releases[0] ?? "" });
    assert.match(failure?.message ?? "", /^E_NOT_FOUND release .* is not kept \(kept: /);
    assert.ok(failure?.message.includes(releases[1] ?? "-"));
    const copies = (await swift.keys(bucket)).filter((key) => key.startsWith(".decapod/objects/"));
    assert.equal(copies.length, 1, "no copies that no release needs");
    rig.output(await rig.deploy({ rollback_to: "previous" }));
    assert.equal((await swift.get(bucket, "index.html"))?.body, "two");
  });

  it("a plan of a way back changes nothing, and there must be one", async (t) => {
    const bucket = await swift.bucket("none");
    const rig = deployRig(t, { bucket, endpoint: swift.endpoint });
    rig.write({ "index.html": "one" });
    rig.output(await rig.deploy());
    const { failure } = await rig.deploy({ rollback_to: "previous" });
    assert.match(failure?.message ?? "", /^E_NOT_FOUND there is no release before this one/);
    rig.write({ "index.html": "two" });
    rig.output(await rig.deploy());
    assert.equal(rig.output(await rig.deploy({ rollback_to: "previous", dry_run: true })).would_upload, 1);
    assert.equal((await swift.get(bucket, "index.html"))?.body, "two");
  });
});
