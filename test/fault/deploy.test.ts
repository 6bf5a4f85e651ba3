import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { deployRig } from "../support/swift/deploy-rig.ts";
import { type Asked, type Fault, faultProxy } from "../support/swift/fault-proxy.ts";
import { type Swift, startSwift, WITHOUT_SWIFT } from "../support/swift/swift.ts";

const isUpload = ({ method, path }: Asked) => method === "PUT" && !path.includes(".decapod/");
const FILES = Object.fromEntries([
  ...Array.from({ length: 12 }, (_, index) => [`a/${index}.css`, `new ${index}`]),
  ["index.html", "new"],
]);

describe("F70: a deploy whose server fails", { skip: WITHOUT_SWIFT }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  /** A site is there, and the next deploy goes through a proxy with these faults. */
  async function rigIn(
    t: TestContext,
    name: string,
    faultFor: (asked: Asked, uploads: number) => Fault | Promise<Fault>,
  ) {
    const bucket = await swift.bucket(name);
    await swift.put(bucket, "index.html", "old");
    let uploads = 0;
    const proxy = await faultProxy(t, swift.port, (asked) => {
      if (isUpload(asked)) uploads += 1;
      return faultFor(asked, uploads);
    });
    const broken = deployRig(t, { bucket, endpoint: proxy.endpoint });
    broken.write(FILES);
    return { bucket, proxy, broken };
  }
  const home = async (bucket: string) => (await swift.get(bucket, "index.html"))?.body;

  it("SlowDown: waits and tries again, and nothing is lost", async (t) => {
    let slow = 3;
    const { bucket, broken, proxy } = await rigIn(t, "slow", (asked) => {
      if (!isUpload(asked) || slow === 0) return null;
      slow -= 1;
      return { status: 503, code: "SlowDown" };
    });
    assert.equal(broken.output(await broken.deploy()).uploaded_files, 13);
    assert.equal(await home(bucket), "new");
    assert.equal(proxy.asked.filter(isUpload).length, 13 + 3);
  });

  it("connections that are cut are made again", async (t) => {
    let cuts = 4;
    const { broken } = await rigIn(t, "cutting", (asked) => {
      if (!isUpload(asked) || cuts === 0) return null;
      cuts -= 1;
      return "cut";
    });
    assert.equal(broken.output(await broken.deploy()).uploaded_files, 13);
  });

  it("a key that expires in the middle: incomplete, the old page is served, the next attempt uploads the rest", async (t) => {
    let isExpired = false;
    const { bucket, broken, proxy } = await rigIn(t, "expired", (asked, uploads) => {
      if (isUpload(asked) && uploads > 5 && !isRenewed) isExpired = true;
      return isExpired && !isRenewed ? { status: 403, code: "ExpiredToken" } : null;
    });
    let isRenewed = false;
    const { failure, output } = await broken.deploy();
    assert.equal(output, null);
    assert.equal(failure?.class, "aws_credentials");
    assert.equal(failure?.action, "escalate");
    assert.match(failure?.message ?? "", /^Please check AWS credentials on laptop: ExpiredToken/);
    assert.match(
      failure?.message ?? "",
      /incomplete: 5 of 13 files uploaded; what was served before still is/,
    );
    assert.equal(await home(bucket), "old");

    isRenewed = true;
    const before = proxy.asked.filter(isUpload).length;
    const again = broken.output(await broken.deploy());
    assert.equal(proxy.asked.filter(isUpload).length - before, 8, "only what is missing");
    assert.equal(again.uploaded_files, 13, "of the release, over both attempts");
    assert.equal(await home(bucket), "new");
    assert.ok(!(await swift.keys(bucket)).includes(".decapod/pending.json"));
  });

  it("a clock that is off in the middle: incomplete and said as what it is, the old page is served", async (t) => {
    const { bucket, broken } = await rigIn(t, "skewed", (asked, uploads) =>
      isUpload(asked) && uploads > 5 ? { status: 403, code: "RequestTimeTooSkewed" } : null,
    );
    const { failure } = await broken.deploy();
    assert.equal(failure?.class, "config_error");
    assert.match(failure?.message ?? "", /clock.*RequestTimeTooSkewed|RequestTimeTooSkewed.*clock/);
    assert.match(failure?.message ?? "", /incomplete: 5 of 13 files uploaded/);
    assert.equal(await home(bucket), "old");
  });

  it("two at once: the one that began first stops before its front page", async (t) => {
    let other: Promise<unknown> | null = null;
    const { bucket, broken } = await rigIn(t, "twice", async (asked, uploads) => {
      // The whole other deploy happens while this one waits for its third upload.
      if (isUpload(asked) && uploads === 3) {
        other = late.deploy();
        await other;
      }
      return null;
    });
    const late = deployRig(t, { bucket, endpoint: swift.endpoint });
    late.write({ "index.html": "other" });
    const { failure } = await broken.deploy();
    assert.ok(other !== null);
    assert.equal(failure?.class, "config_error");
    assert.match(failure?.message ?? "", /another deploy to the same place began meanwhile/);
    assert.equal(await home(bucket), "other");
  });

  it("T1-33: keys that are wrong or missing, and a bucket that is not there, have classes of their own", async (t) => {
    const rig = deployRig(t, { bucket: await swift.bucket("classes"), endpoint: swift.endpoint });
    rig.write({ "index.html": "x" });
    const nowhere = deployRig(t, { bucket: "no-such-bucket", endpoint: swift.endpoint });
    nowhere.write({ "index.html": "x" });
    const missing = (await nowhere.deploy()).failure;
    assert.equal(missing?.class, "config_error");
    assert.match(missing?.message ?? "", /the bucket does not exist/);
    process.env.AWS_SECRET_ACCESS_KEY = "another-secret";
    const wrong = (await rig.deploy()).failure;
    assert.equal(wrong?.class, "aws_credentials");
    assert.match(wrong?.message ?? "", /SignatureDoesNotMatch/);
    delete process.env.AWS_ACCESS_KEY_ID;
    const none = (await rig.deploy()).failure;
    assert.equal(none?.class, "aws_credentials");
  });

  it("a server that is not there is tried again by the task", async (t) => {
    const rig = deployRig(t, { bucket: "any-bucket", endpoint: "http://127.0.0.1:1" });
    rig.write({ "index.html": "x" });
    const { failure } = await rig.deploy();
    assert.equal(failure?.class, "transient");
    assert.equal(failure?.action, "retry");
  });
});
