/** The worker content-edit as a user meets it: a site, a workflow, and Hugo reading what came out. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshFolder, has } from "./decapod.ts";

const YAML = `---
title: "Getting started"
linkTitle: Start   # in the menu
date: 2025-11-02T09:30:00+01:00
lastmod: 2025-11-03
draft: false
tags:
- guide
- "set-up"
cascade:
  - _target: {kind: page}
    banner: images/start.jpg
description: >-
  How to begin,
  in five minutes.
weight: 10
---

{{< toc >}}

## Install

\`\`\`bash
# not a heading
make install
\`\`\`

## Next steps {#next}

{{% note %}}
Read on.
{{% /note %}}
`;
const TOML = `+++
title = 'Pricing'
date = 2025-06-01T08:00:00Z
draft = true
tags = ["shop", "prices"] # two

[params]
  author = "Kim"

[[params.plans]]
  name = "small"
  price = 10.0

[build]
  list = 'always'
+++

Plans
-----

Choose one.
`;
const JSON_PAGE = `{
   "title": "Imprint",
   "date": "2024-01-31",
   "tags": ["legal"]
}

# Imprint
`;
const WORKFLOW = `
name: site
params: { month: { type: string, default: "March: 2026" } }
tasks:
  - id: pages
    agent: content-edit
    parameters:
      files:
        - path: content/start.md
          edits:
            - set: { title: "Start in \${month}", weight: 20 }
            - merge: { tags: [new] }
            - replace_section: { heading: Next steps, body: "Call us." }
        - path: content/pricing.md
          set: { draft: false, params.author: Robin, date: "2026-03-01T08:00:00Z" }
          append_section: { heading: Discount, body: "Ten percent." }
        - { path: content/imprint.md, merge: { tags: [imprint] }, set: { draft: false } }
        - { path: data/team.yaml, set: { lead: Robin } }
    expected_outputs: [changed]
    success_criteria: ["changed == true", "lines_removed == 10"]
  - id: again
    agent: content-edit
    dependencies: [pages]
    parameters: { path: "\${pages.output.files[0].path}", expect_digest: "\${pages.output.files[0].digest_after}", set: { weight: 20 } }
    success_criteria: ["changed == false"]
`;

function site() {
  const folder = freshFolder({ site: WORKFLOW });
  folder.write("content/start.md", YAML.replaceAll("\n", "\r\n"));
  folder.write("content/pricing.md", TOML);
  folder.write("content/imprint.md", JSON_PAGE);
  folder.write("data/team.yaml", "# who\nlead: Kim # since 2020\n");
  return { folder, read: (name: string) => readFileSync(join(folder.path, name), "utf8") };
}

describe("content-edit in a workflow", () => {
  it("edits front matter of all three kinds and data, and nothing else", async () => {
    const { folder, read } = site();
    assert.equal((await folder.run("validate", "site")).code, 0);
    const { code, stderr } = await folder.run("run", "site");
    assert.equal(code, 0, stderr);
    assert.equal(
      read("content/start.md"),
      YAML.replace("Getting started", "Start in March: 2026")
        .replace("weight: 10", "weight: 20")
        .replace('- "set-up"', '- "set-up"\n- new')
        .replace("{{% note %}}\nRead on.\n{{% /note %}}", "Call us.")
        .replaceAll("\n", "\r\n"),
    );
    assert.equal(
      read("content/pricing.md"),
      `${TOML.replace("draft = true", "draft = false").replace("Kim", "Robin").replace("2025-06-01", "2026-03-01")}\n## Discount\n\nTen percent.\n`,
    );
    assert.equal(
      read("content/imprint.md"),
      JSON_PAGE.replace('["legal"]', '["legal", "imprint"],\n   "draft": false'),
    );
    assert.equal(read("data/team.yaml"), "# who\nlead: Robin # since 2020\n");
    const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
    const { stdout } = await folder.run("logs", runs[0].id, "pages");
    assert.match(stdout, /content\/start\.md: \+4 -5/);
    assert.match(stdout, /^.*\+lead: Robin # since 2020$/m);
  });

  it("leaves pages that Hugo reads with the new values", {
    skip: has("hugo", "version") ? false : "hugo is missing: apt-get install hugo",
  }, async () => {
    const { folder } = site();
    folder.write(
      "layouts/_default/single.html",
      "{{ .Title }}|{{ with .Params.params }}{{ .author }}{{ end }}|{{ .Draft }}|{{ .Params.tags }}|{{ .Date.Year }}",
    );
    folder.write("layouts/shortcodes/toc.html", "");
    folder.write(
      "config.toml",
      'baseURL = "http://localhost/"\ndisableKinds = ["taxonomy", "term", "home", "section", "RSS", "sitemap"]\n',
    );
    assert.equal((await folder.run("run", "site")).code, 0);
    const built = spawnSync("hugo", ["--quiet"], { cwd: folder.path, encoding: "utf8" });
    assert.equal(built.status, 0, built.stdout + built.stderr);
    const page = (name: string) => readFileSync(join(folder.path, "public", name, "index.html"), "utf8");
    assert.equal(page("start"), "Start in March: 2026||false|[guide set-up new]|2025");
    assert.equal(page("pricing"), "Pricing|Robin|false|[shop prices]|2026");
    assert.equal(page("imprint"), "Imprint||false|[legal imprint]|2024");
  });

  it("is refused before it starts, with the line, where its words are wrong", async () => {
    const wrong = (lines: string) =>
      `name: wrong\ntasks:\n  - id: a\n    agent: content-edit\n    parameters:\n${lines}`;
    const folder = freshFolder({
      outside: wrong("      path: ../a.md\n      replace_text: { find: x }\n"),
      unknown: wrong("      path: content/a.md\n      sett: { a: 1 }\n"),
    });
    const outside = await folder.run("validate", "outside");
    assert.equal(outside.code, 3);
    const said = outside.stdout + outside.stderr;
    assert.match(
      said,
      /E_OUTSIDE_ROOT "\.\.\/a\.md" leads out of its folder with \.\. \(\S+outside\.yaml:6:13\)/,
    );
    assert.match(said, /E_REQUIRED parameters\.replace_text\.with is missing/);
    const unknown = await folder.run("validate", "unknown");
    assert.match(unknown.stdout + unknown.stderr, /E_UNKNOWN_KEY .*sett .*unknown\.yaml:7:7\)\n {2}try: set/);
  });

  it("fails with a class that a repair can be for, and is not tried again where that is of no use", async () => {
    const folder = freshFolder({
      broken:
        "name: broken\ntasks:\n  - { id: a, agent: content-edit, retry: { max_attempts: 3, delay: 0 }, parameters: { path: content/a.md, set: { a: 1 } } }\n" +
        "  - { id: b, agent: content-edit, retry: { max_attempts: 3, delay: 0 }, parameters: { path: content/none.md, set: { a: 1 } } }\nsettings: { on_failure: continue }\n",
    });
    folder.write("content/a.md", "no front matter\n");
    assert.equal((await folder.run("run", "broken")).code, 1);
    const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
    const told = async (id: string) => {
      const { task } = JSON.parse((await folder.run("show", runs[0].id, id, "--json")).stdout);
      return task.history.map(({ error }: { error: { class: string } }) => error.class);
    };
    assert.deepEqual(await told("a"), ["missing_frontmatter", "missing_frontmatter", "missing_frontmatter"]);
    assert.deepEqual(await told("b"), ["config_error"]);
  });
});
