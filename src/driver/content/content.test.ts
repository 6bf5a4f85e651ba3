import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { plainWork } from "../../../test/support/plain-work.ts";
import type { Json, JsonMap } from "../../core/json.ts";
import { realClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import type { Outcome, Work } from "../driver.ts";
import { type ContentHere, contentDriver } from "./content.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-content-"));
after(() => rmSync(root, { recursive: true, force: true }));
let places = 0;

const PAGE = "---\ntitle: Old\n---\n\n## A\n\ntext\n";

class Site {
  readonly path = join(root, String(++places));
  #attempts = 0;

  constructor(files: Readonly<Record<string, string | Uint8Array>> = { "content/a.md": PAGE }) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  /** Every file with its text. */
  all(): Readonly<Record<string, string>> {
    const names = readdirSync(join(this.path, "content"), { recursive: true, encoding: "utf8" }).sort();
    return Object.fromEntries(
      names
        .filter((name) => statSync(join(this.path, "content", name)).isFile())
        .map((name) => [name, this.read(`content/${name}`)]),
    );
  }

  async edit(
    parameters: JsonMap,
    more: Partial<Work & ContentHere> = {},
    signal?: AbortSignal,
  ): Promise<Outcome> {
    this.#attempts += 1;
    const folder = join(this.path, "attempts", String(this.#attempts));
    mkdirSync(folder, { recursive: true });
    const work = {
      attempt: `r/t/${this.#attempts}`,
      number: this.#attempts,
      folder,
      workspace: this.path,
      environment: {},
    };
    const driver = contentDriver({ files: realFiles, clock: realClock, umask: 0o022, ...more });
    const steps = driver.run(
      plainWork({ ...work, parameters, ...more }),
      signal ?? new AbortController().signal,
    );
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
    }
  }

  async output(parameters: JsonMap, more: Partial<Work & ContentHere> = {}): Promise<JsonMap> {
    const outcome = await this.edit(parameters, more);
    assert.equal(outcome.status, "success", JSON.stringify(outcome));
    return outcome.output as JsonMap;
  }

  /** `CLASS message` of an edit that must fail, and must leave everything as it was. */
  async refusal(parameters: JsonMap, more: Partial<Work & ContentHere> = {}): Promise<string> {
    const before = this.all();
    const { status, failure } = await this.edit(parameters, more);
    assert.deepEqual(this.all(), before);
    assert.equal(status, "failed");
    return `${failure?.class} ${failure?.message}`;
  }
}

const title = (text: Json): JsonMap => ({ set: { title: text } });

describe("content-edit", () => {
  it("edits a page, keeps its mode, and says what it changed", async () => {
    const site = new Site();
    chmodSync(join(site.path, "content/a.md"), 0o664);
    const output = await site.output({
      path: "content/a.md",
      ...title("New"),
      replace_section: { heading: "A", body: "x" },
    });
    const made = "---\ntitle: New\n---\n\n## A\n\nx\n";
    assert.equal(site.read("content/a.md"), made);
    assert.equal(statSync(join(site.path, "content/a.md")).mode & 0o777, 0o664);
    assert.deepEqual(output, {
      changed: true,
      path: "content/a.md",
      digest_before: sha256(PAGE),
      digest_after: sha256(made),
      diff: "--- a/content/a.md\n+++ b/content/a.md\n@@ -1,7 +1,7 @@\n ---\n-title: Old\n+title: New\n ---\n \n ## A\n \n-text\n+x\n",
      lines_added: 2,
      lines_removed: 2,
      dry_run: false,
    });
    assert.deepEqual(Object.keys(site.all()), ["a.md"]);
  });

  it("succeeds where there is nothing to change, and touches nothing", async () => {
    const site = new Site();
    const { mtimeMs, ino } = statSync(join(site.path, "content/a.md"));
    const { changed, diff } = await site.output({ path: "content/a.md", ...title("Old") });
    assert.deepEqual([changed, diff], [false, ""]);
    const later = statSync(join(site.path, "content/a.md"));
    assert.deepEqual([later.mtimeMs, later.ino], [mtimeMs, ino]);
  });

  it("dry_run shows the diff and writes nothing", async () => {
    const site = new Site();
    const output = await site.output({ path: "content/a.md", ...title("New"), dry_run: true });
    assert.deepEqual([output.changed, output.lines_added], [true, 1]);
    assert.equal(site.read("content/a.md"), PAGE);
  });

  it("a diff that git can apply gives the same file, of new files too", async (t) => {
    if (!hasGit()) return t.skip("git is missing: apt-get install git");
    const site = new Site({ "content/a.md": "---\r\na: 1\r\n---\r\nend" });
    const files = [
      { path: "content/a.md", edits: [{ set: { a: 2 } }, { append_section: { heading: "B", body: "b" } }] },
      { path: "content/b/c.md", create: true, content: "new\n" },
    ];
    const { files: shown } = await site.output({ files, dry_run: true });
    const patch = (shown as readonly JsonMap[]).map(({ diff }) => diff).join("");
    execFileSync("git", ["apply", "-"], { cwd: site.path, input: patch });
    const applied = site.all();
    assert.equal((await site.output({ files: [files[0] as Json] })).changed, false);
    assert.deepEqual(applied, site.all());
    assert.equal(site.read("content/b/c.md"), "new\n");
  });

  it("keeps secrets out of its output and log", async () => {
    const site = new Site({ "content/a.md": "---\na: hunter22hunter22\n---\n" });
    const { diff } = await site.output(
      { path: "content/a.md", set: { a: 1 } },
      { secrets: { KEY: "hunter22hunter22" } },
    );
    assert.match(String(diff), /^-a: \*\*\*$/m);
    assert.doesNotMatch(site.read("attempts/1/output.log"), /hunter22/);
  });

  it("cuts a long diff at a line, and counts lines that are too many to compare", async () => {
    const site = new Site({ "content/a.md": "old\n".repeat(30_000) });
    const output = await site.output({
      path: "content/a.md",
      replace_text: { find: "old\n".repeat(30_000), with: "new\n".repeat(29_000) },
    });
    assert.deepEqual([output.lines_added, output.lines_removed], [29_000, 30_000]);
    assert.match(String(output.diff), /\(too many lines differ to show them\)$/m);
    const long = new Site({ "content/a.md": `${"x".repeat(200)}\n`.repeat(900) });
    const cut = await long.output({
      path: "content/a.md",
      replace_text: { find: "x\n", with: "y\n", times: 900 },
    });
    assert.ok(String(cut.diff).length < 70_000);
    assert.match(String(cut.diff), /\n\(the diff goes on: [0-9]+ more characters\)\n$/);
  });

  it("is stopped before anything is written", async () => {
    const site = new Site();
    for (const [reason, status, failureClass] of [
      ["cancelled", "cancelled", undefined],
      ["timeout", "failed", "timeout"],
      ["budget", "failed", "budget"],
    ]) {
      const outcome = await site.edit(
        { path: "content/a.md", ...title("New") },
        {},
        AbortSignal.abort(reason),
      );
      assert.deepEqual([outcome.status, outcome.failure?.class], [status, failureClass]);
    }
    assert.equal(site.read("content/a.md"), PAGE);
  });
});

describe("content-edit: creating", () => {
  it("makes a file and its folders for others to read, once", async () => {
    const site = new Site();
    const order = { path: "content/blog/new/index.md", create: true, content: PAGE, edits: [title("New")] };
    const made = await site.output(order);
    assert.deepEqual([made.changed, made.digest_before, made.lines_added], [true, null, 7]);
    assert.equal(site.read("content/blog/new/index.md"), PAGE.replace("Old", "New"));
    assert.equal(statSync(join(site.path, "content/blog/new")).mode & 0o777, 0o755);
    assert.equal(statSync(join(site.path, "content/blog/new/index.md")).mode & 0o777, 0o644);
    assert.equal((await site.output({ ...order, dry_run: false })).changed, false);
    assert.match(
      await site.refusal({ ...order, content: `${PAGE}more` }),
      /^config_error E_CONFLICT .* is there already/,
    );
  });

  it("fills a template", async () => {
    const site = new Site({ "content/a.md": "", "archetypes/p.md": "---\ntitle: {title}\n---\n# {title}\n" });
    const order = { path: "content/p.md", create: true, template: "archetypes/p.md" };
    await site.output({ ...order, values: { title: "A: b" } });
    assert.equal(site.read("content/p.md"), '---\ntitle: "A: b"\n---\n# A: b\n');
    assert.match(
      await site.refusal({ ...order, path: "content/q.md" }),
      /^config_error E_REQUIRED .*archetypes\/p\.md: the template has \{title\}/,
    );
    const missing = { ...order, path: "content/q.md", template: "archetypes/none.md" };
    assert.match(
      await site.refusal(missing),
      /^template_not_found E_NOT_FOUND .*there is no template archetypes\/none\.md/,
    );
    const outside = { ...order, path: "content/q.md", template: "../.env" };
    assert.match(await site.refusal(outside), /^config_error E_OUTSIDE_ROOT/);
  });
});

describe("content-edit: what it refuses", () => {
  it("P5: E_OUTSIDE_ROOT: a path out of the content roots, by its words or by a link", async () => {
    const site = new Site({
      "content/a.md": PAGE,
      "content-evil/a.md": PAGE,
      "secret/a.md": PAGE,
      "layouts/a.md": PAGE,
    });
    symlinkSync("../secret", join(site.path, "content/way"));
    symlinkSync("../secret/a.md", join(site.path, "content/link.md"));
    for (const path of [
      ...[
        "/etc/passwd",
        "content/../secret/a.md",
        "content-evil/a.md",
        "layouts/a.md",
        "content",
        "content/",
        "./content/a.md",
      ],
      ...["content//a.md", "content/./a.md", "content/a\n.md", "C:/a.md", "content\\a.md", "", "~/a.md"],
      ...["content/way/a.md", "content/link.md", "content/way/new.md"],
    ])
      for (const more of [title("New"), { create: true, content: "x" }])
        assert.match(await site.refusal({ path, ...more }), /^config_error E_OUTSIDE_ROOT /, path);
    assert.equal(site.read("secret/a.md"), PAGE);
  });

  it("P5: other roots are the project's alone", async () => {
    const site = new Site({ "content/a.md": PAGE, "site/content/a.md": PAGE });
    const roots = { roots: ["site/content"], templateRoots: [] };
    await site.output({ path: "site/content/a.md", ...title("New") }, { roots });
    assert.match(await site.refusal({ path: "content/a.md", ...title("New") }, { roots }), /E_OUTSIDE_ROOT/);
    assert.match(await site.refusal({ path: "content/a.md", ...title("x"), roots: ["/"] }), /E_UNKNOWN_KEY/);
  });

  it("a link to the file outside is left as it is: the name gets a file of its own", async () => {
    const site = new Site({ "content/a.md": PAGE, "other.md": PAGE });
    linkSync(join(site.path, "other.md"), join(site.path, "content/hard.md"));
    await site.output({ path: "content/hard.md", ...title("New") });
    assert.equal(site.read("other.md"), PAGE);
  });

  const CASES: readonly (readonly [what: string, bytes: string | Uint8Array, said: RegExp])[] = [
    [
      "E_ENCODING: a picture",
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]),
      /^config_error E_ENCODING content\/a\.md is no text/,
    ],
    ["E_ENCODING: Latin-1", Buffer.from([0x2d, 0xe4, 0x0a]), /^config_error E_ENCODING/],
    ["E_ENCODING: UTF-16", Buffer.from("\ufeff---\na: 1\n", "utf16le"), /^config_error E_ENCODING/],
    [
      "E_TOO_LARGE: more than 2 MiB",
      "x".repeat(2 * 1024 * 1024 + 1),
      /^config_error E_TOO_LARGE .* up to 2 MiB/,
    ],
    ["a page without front matter", "# A\n", /^missing_frontmatter E_FRONT_MATTER content\/a\.md: /],
    [
      "front matter that is no YAML",
      "---\na: [\n---\n",
      /^syntax_error E_YAML_SYNTAX content\/a\.md: line [23]/,
    ],
    ["front matter that is no TOML", "+++\na = \n+++\n", /^syntax_error E_TOML_SYNTAX/],
  ];
  for (const [what, bytes, said] of CASES)
    it(what, async () => {
      const site = new Site({ "content/a.md": bytes });
      assert.match(await site.refusal({ path: "content/a.md", ...title("New") }), said);
    });

  it("E_NOT_FOUND, E_STALE_PLAN: a file that is not there, or not the one that was meant", async () => {
    const site = new Site();
    assert.match(
      await site.refusal({ path: "content/b.md", ...title("x") }),
      /^config_error E_NOT_FOUND .*create: true/,
    );
    const order = { path: "content/a.md", ...title("New") };
    assert.match(
      await site.refusal({ ...order, expect_digest: "0".repeat(64) }),
      /^config_error E_STALE_PLAN/,
    );
    await site.output({ ...order, expect_digest: sha256(PAGE) });
  });

  it("all files or none, with what is wrong in each", async () => {
    const site = new Site({ "content/a.md": PAGE, "content/b.md": PAGE, "content/c.md": "x" });
    const files = ["a", "b", "c", "d"].map((name) => ({ path: `content/${name}.md`, edits: [title("New")] }));
    assert.match(
      await site.refusal({ files }),
      /content\/c\.md: the page has no front matter.*; E_NOT_FOUND content\/d\.md/,
    );
    const output = await site.output({ files: files.slice(0, 2) });
    assert.deepEqual([output.changed, output.lines_added, (output.files as Json[]).length], [true, 2, 2]);
  });

  it("a file that somebody changes while it is edited is left to them", async () => {
    const site = new Site({ "content/a.md": PAGE, "content/b.md": PAGE });
    const files = { ...realFiles };
    files.writeAtomic = (path, data) => {
      realFiles.writeAtomic(path, data);
      site.write("content/b.md", "theirs");
    };
    const order = {
      files: ["a", "b"].map((name) => ({ path: `content/${name}.md`, edits: [title("New")] })),
    };
    const { failure } = await site.edit(order, { files });
    assert.equal(failure?.class, "transient");
    assert.deepEqual(site.all(), { "a.md": PAGE, "b.md": "theirs" });
  });
});

describe("content-edit: checked before it runs", () => {
  const driver = contentDriver({ files: realFiles, clock: realClock, umask: 0o022 });
  const codes = (parameters: JsonMap) => driver.check(parameters).map(({ code }) => code);

  it("takes expressions in place of any value", () => {
    assert.deepEqual(
      codes({ path: "${a.output.path}", edits: "${a.output.edits}", create: "${x}", content: "${y}" }),
      [],
    );
    assert.deepEqual(codes({ files: "${a.output.files}", dry_run: "${dry}" }), []);
    assert.deepEqual(codes({ files: ["${f}", { path: "${p}", edits: ["${e}", { set: "${s}" }] }] }), []);
    assert.deepEqual(
      codes({ path: "content/a.md", replace_text: { find: "a", with: "b", times: "${n}" } }),
      [],
    );
    assert.deepEqual(
      codes({ path: "content/a.md", append_section: [{ heading: "${h}", level: "${l}", body: "${b}" }] }),
      [],
    );
  });

  it("says everything that is wrong", () => {
    const path = "content/a.md";
    const table: readonly (readonly [JsonMap, readonly string[]])[] = [
      [{}, ["E_REQUIRED", "E_REQUIRED"]],
      [{ path }, ["E_REQUIRED"]],
      [{ path: 1, edits: [] }, ["E_TYPE"]],
      [{ path, edits: {} }, ["E_TYPE"]],
      [
        { path, edits: [{}, { set: {}, merge: {} }, { sett: {} }, 1] },
        ["E_TYPE", "E_TYPE", "E_UNKNOWN_KEY", "E_TYPE"],
      ],
      [{ path, edits: [], set: {} }, ["E_FIELD_CONTEXT"]],
      [{ path, set: { constructor: 1, "a..b": 1, "": 2 } }, ["E_ARG", "E_ARG", "E_ARG"]],
      [{ path, set: { a: { prototype: [1] }, b: "\ud800", c: "\0" } }, ["E_ARG", "E_ENCODING", "E_ENCODING"]],
      [{ path, remove: [1, "a"] }, ["E_TYPE"]],
      [{ path, remove: { a: 1 } }, ["E_TYPE"]],
      [{ path, front_matter: "json" }, ["E_CHOICE"]],
      [
        { path, replace_text: { find: "", with: 1, times: 0, how: 1 } },
        ["E_UNKNOWN_KEY", "E_TYPE", "E_REQUIRED", "E_RANGE"],
      ],
      [{ path, replace_section: { heading: "a\nb", body: "" } }, ["E_ARG"]],
      [{ path, append_section: { heading: "a", level: 7, body: "" } }, ["E_RANGE"]],
      [{ path, insert_after: { heading: "a", body: "" } }, ["E_UNKNOWN_KEY", "E_REQUIRED"]],
      [{ path, create: true }, ["E_FIELD_CONTEXT"]],
      [{ path, create: true, content: "", template: "archetypes/a.md" }, ["E_FIELD_CONTEXT"]],
      [{ path, set: {}, content: "" }, ["E_FIELD_CONTEXT"]],
      [{ path, set: {}, expect_digest: "abc", dry_run: 1 }, ["E_TYPE", "E_ARG"]],
      [{ files: [] }, ["E_TYPE"]],
      [
        {
          files: [
            { path, set: {} },
            { path, set: {} },
          ],
          path,
        },
        ["E_FIELD_CONTEXT", "E_DUPLICATE_ID"],
      ],
      [{ files: [{ path: "../a", set: {}, dry_run: true }] }, ["E_UNKNOWN_KEY", "E_OUTSIDE_ROOT"]],
    ];
    for (const [parameters, wanted] of table)
      assert.deepEqual(codes(parameters), wanted, JSON.stringify(parameters));
  });

  it("a heading may be written with its marks", async () => {
    const site = new Site();
    await site.output({ path: "content/a.md", replace_section: { heading: "## A", body: "x" } });
    assert.match(site.read("content/a.md"), /## A\n\nx\n$/);
  });
});

function hasGit(): boolean {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
