import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { it } from "node:test";

const PUT_OVER = join(import.meta.dirname, "../scripts/put-over.mjs");
const MAIN = `
  process.stdout.write("began");
  await new Promise((go) => process.stdin.once("data", go));
  await import("./late.js");
  process.stdin.unref();
`;

it("a build is put beside the one before, and who runs from there loads what is left of its own version", async (t) => {
  const base = mkdtempSync(join(tmpdir(), "decapod-put-over-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const put = (version: string) => {
    mkdirSync(join(base, "new"));
    writeFileSync(join(base, "new/main.js"), MAIN);
    writeFileSync(join(base, "new/late.js"), `process.stdout.write(", went on as the ${version}");`);
    const given = [PUT_OVER, join(base, "new"), join(base, "linked")];
    return execFileSync(process.execPath, given, { encoding: "utf8" });
  };
  const first = spawn(process.execPath, [join(put("first"), "main.js")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => first.kill("SIGKILL"));
  let said = "";
  first.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(first.stdout, "data");

  const second = put("second");
  first.stdin.end("go");
  await once(first, "close");
  assert.equal(said, "began, went on as the first");
  const again = execFileSync(process.execPath, [join(second, "main.js")], { encoding: "utf8", input: "go" });
  assert.equal(again, "began, went on as the second");
  const later = ["third", "fourth", "fifth", "sixth", "seventh"].map(put);
  assert.deepEqual(
    readdirSync(join(base, "linked")).sort(),
    [second, ...later].map((path) => basename(path)),
  );
});
