import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { cloudFront, DISTRIBUTION } from "../../support/swift/cloudfront.ts";
import { deployRig } from "../../support/swift/deploy-rig.ts";
import { type Swift, startSwift, WITHOUT_SWIFT } from "../../support/swift/swift.ts";

describe("a deploy behind a cache", { skip: WITHOUT_SWIFT }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  async function rigIn(t: TestContext, name: string, distribution = DISTRIBUTION) {
    const bucket = await swift.bucket(name);
    const front = await cloudFront(t, swift, bucket);
    const rig = deployRig(t, {
      bucket,
      endpoint: swift.endpoint,
      cloudfront_endpoint: front.endpoint,
      distribution_id: distribution,
      url: front.url,
    });
    return { front, rig };
  }
  const page = async (url: string) => (await fetch(url)).text();

  it("T1-22: an invalidation refreshes the page, and the page is looked at after it", async (t) => {
    const { front, rig } = await rigIn(t, "front");
    rig.write({ "index.html": "one" });
    const first = rig.output(await rig.deploy());
    assert.equal(first.http_status, 200);
    assert.equal(first.invalidation_id, "I1STANDIN");
    assert.equal(await page(front.url), "one");
    // Without an invalidation the cache goes on serving what it has.
    await swift.put("front", "index.html", "by hand");
    assert.equal(await page(front.url), "one");
    rig.write({ "index.html": "two" });
    const report = await rig.deploy();
    assert.equal(rig.output(report).http_status, 200);
    assert.deepEqual(report.notes, []);
    assert.equal(await page(front.url), "two");
    assert.deepEqual(front.invalidations, [["/*"], ["/*"]]);
  });

  it("refreshes what it is told, and says when the page is still another", async (t) => {
    const { front, rig } = await rigIn(t, "partly");
    rig.write({ "index.html": "one", "news.html": "one" });
    await rig.deploy();
    rig.write({ "index.html": "two", "news.html": "two" });
    const { notes } = await rig.deploy({ paths: ["/news*"] });
    assert.match(notes.join(), /is not the page that was deployed/);
    assert.deepEqual(front.invalidations.at(-1), ["/news*"]);
  });

  it("T1-34: what is wrong with the distribution needs a hand, and the next attempt ends the same release", async (t) => {
    const { rig, front } = await rigIn(t, "nodist");
    rig.write({ "index.html": "one" });
    front.faults.push({ status: 404, code: "NoSuchDistribution" });
    const { failure } = await rig.deploy();
    assert.equal(failure?.class, "cloudfront_config");
    assert.equal(failure?.action, "escalate");
    assert.match(failure?.message ?? "", /^Manual intervention needed: NoSuchDistribution/);
    assert.match(failure?.message ?? "", /the files are uploaded/);
    const again = rig.output(await rig.deploy());
    assert.equal(again.uploaded_files, 1);
    assert.equal(again.previous_release, null);
  });

  it("F70: an invalidation that is throttled is asked for again", async (t) => {
    const { rig, front } = await rigIn(t, "throttled");
    rig.write({ "index.html": "one" });
    front.faults.push({ status: 400, code: "Throttling" }, { status: 503, code: "ServiceUnavailable" });
    assert.equal(rig.output(await rig.deploy()).invalidation_id, "I1STANDIN");
  });

  it("a page that does not answer 200 is no success, though the files are there", async (t) => {
    const { rig } = await rigIn(t, "missing");
    rig.write({ "home.html": "one" });
    const { failure, output } = await rig.deploy();
    assert.equal(output, null);
    assert.equal(failure?.class, "criteria_failed");
    assert.match(failure?.message ?? "", /answers 404/);
  });
});
