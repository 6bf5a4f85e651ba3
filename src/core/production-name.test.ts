import assert from "node:assert/strict";
import { test } from "node:test";
import { deploySource, isProductionName, namesProduction, placeInName } from "./production-name.ts";

test("production is production however it is written, and an agent may be made for it", () => {
  for (const name of ["production", "Production", " PRODUCTION "]) assert.ok(isProductionName(name), name);
  for (const name of ["productions", "staging", 3, null, undefined]) assert.ok(!isProductionName(name));
  assert.deepEqual(["hugo-deploy-production", "hugo-deploy-staging", "deploy"].map(placeInName), [
    "production",
    "staging",
    null,
  ]);
  assert.ok(namesProduction("hugo-deploy-production", "dev"));
  assert.ok(namesProduction("deploy", "Production"));
  assert.ok(!namesProduction("hugo-deploy-staging", "dev"));
});

test("a deploy brings what it is told, else what a build leaves", () => {
  assert.equal(deploySource("deploy", { source: "out", site_path: "site" }), "out");
  assert.equal(deploySource("deploy", { source: "", site_path: "site/" }), "site/public");
  assert.equal(deploySource("deploy", { site_path: "" }), "public");
  assert.equal(deploySource("hugo-deploy-site", {}), null);
});
