import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkHugo, hugoArguments } from "./arguments.ts";
import { hugoSaid } from "./diagnostics.ts";
import { mountedFolders } from "./mounts.ts";

const PLACES = { site: "/s", output: "/o" };

describe("what Hugo is started with", () => {
  it("holds each value inside one argument", () => {
    const words = hugoArguments(
      { site_path: "s", environment: "staging", base_url: "https://a.example", minify: true, drafts: false },
      PLACES,
    );
    const asked = ["--environment=staging", "--baseURL=https://a.example", "--minify"];
    assert.deepEqual(words, ["--source=/s", "--destination=/o", ...asked]);
  });

  for (const [parameters, code, field] of [
    [{ environment: "--destination=/" }, "E_ARG", "environment"],
    [{ environment: "a b" }, "E_ARG", "environment"],
    [{ site_path: "-v" }, "E_ARG", "site_path"],
    [{ site_path: "" }, "E_ARG", "site_path"],
    [{ destination: "--cacheDir=/" }, "E_ARG", "destination"],
    [{ base_url: "--panicOnWarning" }, "E_URL", "base_url"],
  ] as const)
    it(`C1: ${JSON.stringify(parameters)} is refused with the field named`, () => {
      const [problem, ...more] = checkHugo(parameters);
      assert.deepEqual([problem?.code, more.length], [code, 0]);
      assert.match(problem?.message ?? "", new RegExp(`^${field} `));
    });

  for (const [address, trouble] of [
    ["javascript:alert(1)", "begins with javascript:"],
    ["file:///etc/passwd", "begins with file:"],
    ["http://169.254.169.254/", "is not encrypted"],
    ["https://good@evil.example", "holds a user name"],
    ["https://a.example/\nx", "white space or control"],
    ["www.example.com", "is no web address"],
  ] as const)
    it(`C3: base_url ${JSON.stringify(address)} is refused`, () => {
      const [problem] = checkHugo({ base_url: address });
      assert.equal(problem?.code, "E_URL");
      assert.match(problem?.message ?? "", new RegExp(trouble));
    });

  it("takes https, this machine by http, the bare slash, and what an expression will give", () => {
    for (const base_url of [
      "https://www.example.com/a/",
      "http://localhost:1313",
      "http://127.0.0.1/",
      "/",
      "${url}",
    ])
      assert.deepEqual(checkHugo({ site_path: "site", base_url, environment: "${env}" }), []);
  });
});

describe("what Hugo said", () => {
  it("is taken from old lines with a time and new ones without, each message once, counts left out", () => {
    const log = [
      "Start building sites …",
      'ERROR 2026/11/30 03:36:53 [en] REF_NOT_FOUND: Ref "a.md": "/s/content/b.md:4:3": page not found',
      'ERROR 2026/11/30 03:36:53 [en] REF_NOT_FOUND: Ref "a.md": "/s/content/b.md:4:3": page not found',
      "WARN 2026/11/30 03:36:53 found no layout file",
      "WARN  deprecated: .Site.X",
      "Error: Error building site: logged 2 error(s)",
      "an ERROR inside a line",
    ].join("\n");
    assert.deepEqual(hugoSaid(log), {
      errors: ['[en] REF_NOT_FOUND: Ref "a.md": "/s/content/b.md:4:3": page not found'],
      warnings: ["found no layout file", "deprecated: .Site.X"],
    });
  });

  it("is bounded", () => {
    const many = Array.from({ length: 500 }, (_, index) => `ERROR ${"x".repeat(2000)} ${index}`);
    const { errors } = hugoSaid(
      many.map((line, index) => line.replace("ERROR ", `ERROR ${index} `)).join("\n"),
    );
    assert.deepEqual([errors.length, errors[0]?.length], [50, 600]);
  });
});

describe("where a site lets Hugo read from", () => {
  it("is read of all modules, relative paths from their own folder", () => {
    const printed = `{\n   "path": "project",\n   "dir": "/s",\n   "mounts": [ { "source": "content" }, { "source": "/etc" }, { "source": "../x" } ]\n}\n{\n   "dir": "/s/themes/t",\n   "mounts": [ { "source": "layouts" } ]\n}\n`;
    assert.deepEqual(mountedFolders(printed), ["/s/content", "/etc", "/x", "/s/themes/t/layouts"]);
  });

  it("is unknown of another text, and nothing of none", () => {
    assert.deepEqual([mountedFolders("{ no"), mountedFolders("")], [null, []]);
  });
});
