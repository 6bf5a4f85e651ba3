/** The worker hugo-build with the real Hugo. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { noHugo, writeIn, writeSite } from "../support/hugo-site.ts";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, startIn } from "./decapod.ts";

const BUILD = `name: build
tasks:
  - id: build
    agent: hugo-build
    parameters: { site_path: site, environment: "\${target}", base_url: https://www.example.com, minify: true }
    success_criteria: ["build_success: true", "errors: []", "file_count > 100", "duration_seconds < 60"]
`;

function siteFolder(pages = 120): Folder {
  const folder = freshFolder({ build: BUILD });
  writeSite(join(folder.path, "site"), pages);
  return folder;
}

async function outputOf(folder: Folder, ...words: readonly string[]) {
  const ran = await folder.run("run", "build", "--var", "target=staging", ...words);
  const [run] = JSON.parse((await folder.run("runs", "--json=id")).stdout).runs;
  const shown = JSON.parse((await folder.run("show", run.id, "--json")).stdout);
  return { ran, task: shown.run.tasks[0] };
}

describe("hugo-build", { skip: noHugo }, () => {
  it("T1-21: builds a site of over 100 pages; files, pages and digest are counted by the engine", async () => {
    const folder = siteFolder();
    const { ran, task } = await outputOf(folder);
    assert.equal(ran.code, 0, ran.stderr);
    const { output } = task;
    assert.deepEqual([output.build_success, output.errors, output.warnings], [true, [], []]);
    const html = readdirSync(join(folder.path, "site/public"), { recursive: true }).filter((name) =>
      String(name).endsWith(".html"),
    );
    assert.equal(output.page_count, html.length);
    assert.ok(html.length > 120, `${html.length}`);
    assert.ok(output.file_count > html.length && output.duration_seconds < 60);
    assert.match(output.hugo_version, /^\d+\.\d+/);
    assert.match(output.tree_digest, /^[0-9a-f]{64}$/);
    const page = readFileSync(join(folder.path, "site/public/tariffs/tariff-7/index.html"), "utf8");
    assert.match(page, /<b>7 €<\/b>/);
    const again = (await outputOf(folder)).task.output;
    assert.equal(again.tree_digest, output.tree_digest, "the same site has the same digest");
    writeIn(join(folder.path, "site"), "content/tariffs/tariff-7.md", "---\ntitle: seven\n---\nnew\n");
    assert.notEqual((await outputOf(folder)).task.output.tree_digest, output.tree_digest);
  });

  it("a broken shortcode fails it in Hugo's own words, and what was built before stays as it was", async () => {
    const folder = siteFolder();
    assert.equal((await outputOf(folder)).ran.code, 0);
    const before = readFileSync(join(folder.path, "site/public/index.html"), "utf8");
    writeIn(join(folder.path, "site"), "content/bad.md", "---\ntitle: b\n---\n{{< nosuch >}}\n");
    const { ran, task } = await outputOf(folder);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /class=template_not_found/);
    assert.match(ran.stderr, /template for shortcode \\?"nosuch\\?" not found/);
    assert.deepEqual([task.status, task.output], ["failed", null]);
    assert.equal(readFileSync(join(folder.path, "site/public/index.html"), "utf8"), before);
    const left = readdirSync(join(folder.path, "site")).filter((name) => name.startsWith(".public"));
    assert.deepEqual(left, []);
  });

  it("a page that is gone is gone from the output too", async () => {
    const folder = siteFolder();
    await outputOf(folder);
    rmSync(join(folder.path, "site/content/tariffs/tariff-3.md"));
    assert.equal((await outputOf(folder)).ran.code, 0);
    assert.equal(existsSync(join(folder.path, "site/public/tariffs/tariff-3")), false);
  });

  it("C9: a site's own policy, mounts and links open nothing, and no secret reaches the output", async () => {
    const folder = siteFolder(110);
    const site = join(folder.path, "site");
    const config = 'baseURL = "https://site.example/"\n';
    const open =
      '[security]\n[security.exec]\nallow = [".*"]\n[security.funcs]\ngetenv = [".*"]\n[security.http]\nurls = [".*"]\n';
    const canary = "canary-5d1e9a";
    const attempt = async (code: number, wanted: RegExp) => {
      const env = { ...environmentWith(join(folder.path, "../home")), AWS_SECRET_ACCESS_KEY: canary };
      const ran = await startIn(folder.path, env, [...PROGRAM, "run", "build", "--var", "target=staging"])
        .ended;
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, wanted);
      assert.equal(existsSync(join(site, "public")), false);
      assert.doesNotMatch(ran.stderr, new RegExp(canary));
    };
    writeIn(site, "config.toml", config + open);
    writeIn(site, "layouts/index.html", '{{ getenv "AWS_SECRET_ACCESS_KEY" }}');
    await attempt(1, /access denied: \\"AWS_SECRET_ACCESS_KEY\\" is not whitelisted/);
    writeIn(site, "layouts/index.html", '{{ (resources.GetRemote "http://127.0.0.1:9/").Content }}');
    await attempt(1, /access denied: \\"http:\/\/127\.0\.0\.1:9\/\\" is not white/);
    writeIn(site, "layouts/index.html", "plain");
    writeIn(
      site,
      "config.toml",
      `${config}[module]\n[[module.mounts]]\nsource = "/etc"\ntarget = "static/etc"\n`,
    );
    await attempt(4, /E_OUTSIDE_ROOT the site mounts \/etc/);
    writeIn(site, "config.toml", "baseURL = \n[");
    await attempt(8, /class=config_error note="Build failed with unexpected error: .*config\.toml/);
    writeIn(site, "config.toml", config);
    mkdirSync(join(folder.path, "../home/.aws"), { recursive: true });
    writeIn(folder.path, "../home/.aws/credentials", canary);
    symlinkSync(join(folder.path, "../home/.aws/credentials"), join(site, "content/leak.md"));
    await attempt(4, /E_OUTSIDE_ROOT links in the site lead out .*content\/leak\.md/);
  });

  it("takes no place that a site is made of, and none that no build has made", async () => {
    const folder = siteFolder(101);
    const site = join(folder.path, "site");
    writeIn(site, "docs/handbook.md", "written by hand\n");
    writeIn(
      site,
      "config.toml",
      'baseURL = "https://site.example/"\n[module]\n[[module.mounts]]\nsource = "pages"\ntarget = "content"\n',
    );
    writeIn(site, "pages/index.html", "<p>mine</p>\n");
    for (const destination of ["content", "layouts/_default", ".git", ".", "themes/x/y", "docs", "pages"]) {
      folder.write(
        ".claude/workflows/to.yaml",
        BUILD.replace("name: build", "name: to").replace(
          "site_path: site",
          `site_path: site, destination: ${destination}`,
        ),
      );
      const ran = await folder.run("run", "to", "--var", "target=dev");
      assert.equal(ran.code, 1, `${destination}: ${ran.stderr}`);
      assert.match(ran.stderr, /E_ARG destination .*would take its place/, destination);
    }
    assert.ok(existsSync(join(site, "content/tariffs/tariff-7.md")));
    assert.equal(readFileSync(join(site, "docs/handbook.md"), "utf8"), "written by hand\n");
  });

  it("F3: output that took its place before a crash is the build's, and an output that a crash took away comes back", async () => {
    const folder = siteFolder();
    assert.equal((await outputOf(folder)).ran.code, 0);
    const site = join(folder.path, "site");
    renameSync(join(site, "public"), join(site, ".public-old"));
    writeIn(site, "content/bad.md", "---\ntitle: b\n---\n{{< nosuch >}}\n");
    assert.equal((await outputOf(folder)).ran.code, 1);
    assert.ok(existsSync(join(site, "public/index.html")), "as it was built before");
    assert.equal(existsSync(join(site, ".public-old")), false);
  });

  it("P5: a site outside of the project is built only where the person opened its folder", async () => {
    const folder = freshFolder({ build: BUILD.replace("site_path: site", 'site_path: "${where}"') });
    const elsewhere = join(folder.path, "../elsewhere");
    writeSite(join(elsewhere, "site"), 101);
    const words = ["run", "build", "--var", "target=dev", "--var", `where=${join(elsewhere, "site")}`];
    const refused = await folder.run(...words);
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /E_OUTSIDE_ROOT site_path .*roots: \[FOLDER\] in your own config\.yaml/);
    writeIn(folder.path, "../home/.config/decapod/config.yaml", `roots: [${JSON.stringify(elsewhere)}]\n`);
    const built = await folder.run(...words);
    assert.equal(built.code, 0, built.stderr);
    const evil = await folder.run(
      "run",
      "build",
      "--var",
      "target=dev",
      "--var",
      `where=${elsewhere}-evil/site`,
    );
    assert.equal(evil.code, 4, evil.stderr);
  });

  it("C6: a hugo that lies in the project is not started", async () => {
    const folder = siteFolder(101);
    writeIn(folder.path, "bin/hugo", "#!/bin/sh\ntouch canary\n");
    chmodSync(join(folder.path, "bin/hugo"), 0o755);
    const environment = environmentWith(join(folder.path, "../home"));
    const env = { ...environment, PATH: `${join(folder.path, "bin")}:${environment.PATH}` };
    const ran = await startIn(folder.path, env, [...PROGRAM, "run", "build", "--var", "target=dev"]).ended;
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(existsSync(join(folder.path, "canary")), false);
  });
});
