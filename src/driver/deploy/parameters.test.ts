import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { judge, parseCriterion } from "../../core/criteria.ts";
import type { JsonMap } from "../../core/json.ts";
import { sha256 } from "../../port/hash.ts";
import { targetOf } from "../../spec/read-targets.ts";
import { isProductionDeploy, type Targets } from "../../spec/target.ts";
import { readWorkerFile } from "../../spec/worker-file.ts";
import { PARAMETERS } from "./forms.ts";
import { checkDeploy, deployRequest } from "./parameters.ts";

const NONE: Targets = new Map();
const TARGETS: Targets = new Map([
  [
    "staging",
    targetOf({
      bucket: "www-staging",
      region: "eu-central-1",
      distribution_id: "E1STAGING",
      url: "https://good.example/",
    }),
  ],
  ["production", targetOf({ bucket: "www-example", prefix: "site", distribution_id: "E2PRODUCTION" })],
  ["mirror", targetOf({ bucket: "www-example" })],
]);

const asked = (more: JsonMap): JsonMap => ({ source: "public", environment: "staging", ...more });
const codes = (parameters: JsonMap, targets = TARGETS) =>
  checkDeploy(parameters, targets).map(({ code }) => code);

const refused = (parameters: JsonMap, targets: Targets) => {
  const given = deployRequest(parameters, targets);
  return given.ok ? [] : given.problems;
};

describe("C2: what a task gives a deploy stays a value", () => {
  const HOSTILE: readonly JsonMap[] = [
    { bucket: "x --endpoint-url http://evil" },
    { bucket: "s3://prod --delete" },
    { bucket: "-x" },
    { bucket: "a..b" },
    { prefix: "../up" },
    { prefix: "/absolute" },
    { prefix: "a/../b" },
    { prefix: ".decapod" },
    { region: "eu-central-1.evil.example/" },
    { distribution_id: "*" },
    { paths: ["news"] },
    { paths: ["/a b"] },
    { paths: ["/*/a"] },
    { cache: { "*.css": "no-store\r\nx-evil: 1" } },
    { content_types: { "*.css": "text/css\u0000" } },
    { commit: "main; rm" },
    { rollback_to: "../current" },
    { plan_digest: "x" },
    { endpoint: "http://evil" },
    { profile: "default;id" },
  ];
  for (const hostile of HOSTILE)
    it(`E_ARG: ${JSON.stringify(hostile)}`, () => {
      const [code] = codes({ source: "public", bucket: "www-staging", ...hostile }, NONE);
      assert.equal(code, "E_ARG");
    });

  it("says where an endpoint stands, and that a target of the project is not said otherwise", () => {
    const [endpoint] = checkDeploy(asked({ endpoint: "http://evil" }), TARGETS);
    assert.match(endpoint?.message ?? "", /stands in decapod.yaml/);
    const [bucket] = checkDeploy(asked({ bucket: "other-bucket" }), TARGETS);
    assert.match(bucket?.message ?? "", /bucket of staging is www-staging in decapod.yaml/);
    assert.deepEqual(codes(asked({ bucket: "www-staging", region: "eu-central-1" })), []);
  });

  it("takes the folder from inside the workspace alone", () => {
    for (const source of ["/etc", "../other", "a/../../b"])
      assert.deepEqual(codes(asked({ source })), ["E_OUTSIDE_ROOT"]);
  });

  it("names what is missing or has another form", () => {
    assert.deepEqual(codes({ source: "public" }, NONE), ["E_REQUIRED"]);
    assert.deepEqual(codes(asked({ delete: "yes" })), ["E_TYPE"]);
    assert.deepEqual(codes(asked({ max_deletions: -1 })), ["E_TYPE"]);
    assert.deepEqual(codes(asked({ environment: "stagging" })), ["E_ARG"]);
    const [near] = checkDeploy(asked({ environment: "stagging" }), TARGETS);
    assert.match(near?.hint ?? "", /staging/);
  });

  it("is checked and rehearsed before anybody has said where its environments are, and not carried out", () => {
    const early = { site_path: "site", environment: "staging" };
    assert.deepEqual(codes(early, NONE), []);
    const [late] = refused(early, NONE);
    assert.equal(late?.code, "E_REQUIRED");
    assert.match(late?.hint ?? "", /decapod.yaml/);
  });

  it("waits with what an expression gives until the run knows it", () => {
    const late = asked({ environment: "${environment}", bucket: "${bucket}", delete: "${gone}" });
    assert.deepEqual(codes(late), []);
  });
});

describe("C3: E_URL, only a page of the project is asked for", () => {
  for (const url of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "https://good.example.evil.example",
    "https://good@evil.example",
    "http://good.example/",
    "nothing",
  ])
    it(url, () => assert.deepEqual(codes(asked({ url })), ["E_URL"]));

  it("without a target: public names over https", () => {
    const without = (url: string) => codes({ source: "public", bucket: "some-bucket", url }, NONE);
    for (const url of ["https://10.0.0.1/", "https://[::1]/", "https://localhost/", "https://nas.local/"])
      assert.deepEqual(without(url), ["E_URL"], url);
    assert.deepEqual(without("https://www.example.com/"), []);
    assert.deepEqual(codes(asked({ url: "https://good.example/news/" })), []);
  });
});

describe("A7: E_GATE_REQUIRED, production is only reached as production", () => {
  it("by whatever name its bucket, distribution or host goes", () => {
    assert.deepEqual(codes(asked({ environment: "mirror" })), ["E_GATE_REQUIRED"]);
    assert.deepEqual(codes({ source: "public", bucket: "www-example" }), ["E_GATE_REQUIRED"]);
    assert.deepEqual(codes(asked({ environment: "production" })), []);
  });

  it("is a question that anybody can ask", () => {
    assert.ok(isProductionDeploy(NONE, { environment: "production" }));
    assert.ok(isProductionDeploy(TARGETS, { environment: "mirror" }));
    assert.ok(isProductionDeploy(TARGETS, { distribution_id: "E2PRODUCTION" }));
    assert.ok(!isProductionDeploy(TARGETS, { environment: "staging" }));
    assert.ok(!isProductionDeploy(NONE, { bucket: "www-example" }));
  });
});

describe("a request", () => {
  it("is what the task says over what the project declares", () => {
    const given = deployRequest(asked({ paths: ["/news/*"], keep_releases: 2 }), TARGETS);
    assert.ok(given.ok);
    assert.equal(given.value.target.bucket, "www-staging");
    assert.equal(given.value.target.compat, "aws");
    assert.deepEqual(given.value.paths, ["/news/*"]);
    assert.equal(given.value.keepReleases, 2);
    const other = deployRequest(asked({ environment: "production" }), TARGETS);
    assert.ok(other.ok);
    assert.equal(other.value.target.prefix, "site/");
    assert.equal(other.value.source, "public");
    const site = deployRequest({ site_path: "site", environment: "staging" }, TARGETS);
    assert.ok(site.ok);
    assert.equal(site.value.source, "site/public");
  });
});

describe("the manifest of the worker", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../workers/deploy.yaml"));
  const place = { name: "deploy", shown: "workers/deploy.yaml", folder: "workers", isBuiltIn: true };
  const read = readWorkerFile(place, text);

  it("has the parameters that are asked for, with their types", () => {
    assert.ok(read.ok, JSON.stringify(read));
    const properties = read.value.worker.parameters.properties as Readonly<Record<string, { type: string }>>;
    const types = Object.fromEntries(Object.entries(properties).map(([name, { type }]) => [name, type]));
    assert.deepEqual(types, PARAMETERS);
  });

  it("F3, T1-22: is done once, and has the founding criteria as far as they can hold", () => {
    assert.ok(read.ok);
    assert.equal(read.value.fields.effect, "once");
    const criteria = read.value.fields.success_criteria as readonly string[];
    const passes = (output: JsonMap) =>
      criteria.every((one) => {
        const parsed = parseCriterion(one);
        assert.ok(parsed.ok, one);
        const judged = { output, durationSeconds: 1, exitCode: 0, attempts: 1, costUsd: null };
        return judge([parsed.criterion], judged, { get: () => undefined, sha256 }).every(
          ({ passed }) => passed,
        );
      });
    const done = {
      dry_run: false,
      deployment_success: true,
      http_status: 200,
      uploaded_files: 1,
      distribution_id: "E1",
      invalidation_id: "I1",
      url: "https://www.example.com/",
    };
    assert.ok(passes(done));
    assert.ok(!passes({ ...done, deployment_success: false }));
    assert.ok(!passes({ ...done, http_status: 404 }));
    assert.ok(!passes({ ...done, uploaded_files: 0 }));
    assert.ok(!passes({ ...done, invalidation_id: null }));
    assert.ok(
      passes({ ...done, distribution_id: null, invalidation_id: null, url: null, http_status: null }),
    );
    assert.ok(passes({ dry_run: true, plan_digest: "d" }));
  });
});
