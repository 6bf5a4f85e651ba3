import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";

const PUT_OVER = join(import.meta.dirname, "../scripts/put-over.mjs");
const FIRST = `
  process.stdout.write("began");
  await new Promise((go) => process.stdin.once("data", go));
  await import("./late-1.js");
  process.stdin.unref();
`;

it("a build is put over the one before, and who runs from there finds what it has not loaded yet", async (t) => {
  const base = mkdtempSync(join(tmpdir(), "decapod-put-over-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const main = join(base, "dist/main.js");
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(base, file)), { recursive: true });
    writeFileSync(join(base, file), text);
  };
  const put = () => execFileSync(process.execPath, [PUT_OVER, join(base, "new"), join(base, "dist")]);

  write("new/main.js", FIRST);
  write("new/late-1.js", 'process.stdout.write(", went on");');
  write("new/templates/old.yaml", "");
  put();
  write("dist/long-ago.js", "");
  utimesSync(join(base, "dist/long-ago.js"), 1000, 1000);
  const first = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => first.kill("SIGKILL"));
  let said = "";
  first.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(first.stdout, "data");

  write("new/main.js", 'await import("./late-2.js");');
  write("new/late-2.js", 'process.stdout.write("the second");');
  write("new/templates/new.yaml", "");
  put();
  first.stdin.end("go");
  await once(first, "close");
  assert.equal(said, "began, went on");
  assert.equal(execFileSync(process.execPath, [main], { encoding: "utf8" }), "the second");
  assert.deepEqual(readdirSync(join(base, "dist")).sort(), [
    "late-1.js",
    "late-2.js",
    "main.js",
    "templates",
  ]);
  assert.deepEqual(readdirSync(join(base, "dist/templates")), ["new.yaml"]);
});
