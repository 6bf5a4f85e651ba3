import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { NOT_WITH_EVERY_COMMIT, SCALE } from "../../support/scale.ts";
import { deployRig } from "../../support/swift/deploy-rig.ts";
import { KEY, type Swift, startSwift, WITHOUT_SWIFT } from "../../support/swift/swift.ts";
import { has } from "../decapod.ts";

/** The server takes most of a tenth of a second for each; a thousand, twice and by both, are for a long run. */
const FILES = SCALE === "soak" ? 1_000 : 150;
const ROUNDS = 2;
const RATIO_MAX = 1.5;
const WITHOUT_RCLONE = has("rclone", "version") ? false : "needs rclone (apt-get install rclone)";

describe("the speed of a deploy", { skip: NOT_WITH_EVERY_COMMIT || WITHOUT_SWIFT || WITHOUT_RCLONE }, () => {
  let swift: Swift;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.stop());

  it(`${FILES} small files take at most ${RATIO_MAX} times what rclone takes to the same server`, async (t) => {
    const times = { deploy: [] as number[], rclone: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const rig = deployRig(t, { bucket: await swift.bucket(`ours-${round}`), endpoint: swift.endpoint });
      const page = "<p>A small page of a site.</p>\n".repeat(60);
      const pages = Array.from({ length: FILES }, (_, index) => [
        `${index % 40}/${index}.html`,
        page + index,
      ]);
      rig.write(Object.fromEntries(pages));
      const begun = performance.now();
      assert.equal(rig.output(await rig.deploy()).uploaded_files, FILES);
      times.deploy.push(performance.now() - begun);
      times.rclone.push(rclone(join(rig.folder, "public"), await swift.bucket(`theirs-${round}`), swift));
      assert.equal((await swift.keys(`theirs-${round}`)).length, FILES);
    }
    const ratio = Math.min(...times.deploy) / Math.min(...times.rclone);
    const seconds = (list: readonly number[]) => list.map((ms) => (ms / 1_000).toFixed(1)).join(", ");
    t.diagnostic(`deploy ${seconds(times.deploy)} s, rclone ${seconds(times.rclone)} s: ${ratio.toFixed(2)}`);
    assert.ok(ratio <= RATIO_MAX, `${ratio}`);
  });
});

function rclone(folder: string, bucket: string, { endpoint }: Swift): number {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    RCLONE_CONFIG: "/dev/null",
    RCLONE_CONFIG_SWIFT_TYPE: "s3",
    RCLONE_CONFIG_SWIFT_PROVIDER: "Other",
    RCLONE_CONFIG_SWIFT_ENDPOINT: endpoint,
    RCLONE_CONFIG_SWIFT_REGION: "us-east-1",
    RCLONE_CONFIG_SWIFT_ACCESS_KEY_ID: KEY.AWS_ACCESS_KEY_ID,
    RCLONE_CONFIG_SWIFT_SECRET_ACCESS_KEY: KEY.AWS_SECRET_ACCESS_KEY,
  };
  const begun = performance.now();
  const { status, stderr } = spawnSync("rclone", ["sync", folder, `swift:${bucket}`], {
    env,
    encoding: "utf8",
  });
  const ms = performance.now() - begun;
  assert.equal(status, 0, stderr);
  return ms;
}
