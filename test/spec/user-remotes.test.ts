/** Where a person lets work go to: their own word alone, and only ways that carry nothing else along. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readUserFile } from "../../src/spec/user-file.ts";
import { shownRemote } from "../../src/spec/user-remotes.ts";

function read(remote: string, project = "/home/kim/site") {
  return readUserFile("config.yaml", JSON.stringify({ push: { [project]: remote } }));
}

describe("push in the person's own configuration", () => {
  it("takes https, ssh in both spellings, a folder of this machine, and http of this machine alone", () => {
    for (const remote of [
      "https://example.org/kim/site.git",
      "https://kim:tok%40en@example.org:8443/site.git",
      "ssh://git@example.org:22/kim/site.git",
      "https://kim.example@example.org/kim/site.git",
      "https://ghp_secret-token-0123456789:@example.org/kim/site.git",
      "git@example.org:kim/site.git",
      "example.org:/srv/site.git",
      "/media/disk/site.git",
      "http://127.0.0.1:8080/site.git",
      "http://localhost/site.git",
    ]) {
      const found = read(remote);
      assert.ok(found.ok, JSON.stringify(found));
      assert.deepEqual(found.value.push, { "/home/kim/site": remote });
    }
    const none = readUserFile("config.yaml", "roots: [/srv]\n");
    assert.deepEqual(none.ok && none.value.push, {}, "nothing goes anywhere unless somebody says so");
  });

  it("G8: refuses what could run a program, be read as an option, or send it unencrypted; no token is shown", () => {
    for (const remote of [
      "ext::sh -c touch% /tmp/canary",
      "--upload-pack=touch /tmp/canary",
      "file:///srv/site.git",
      "ssh://-oProxyCommand=x/site.git",
      "ssh://-oProxyCommand=x@example.org/site.git",
      "ssh://kim:secret-token@example.org/site.git",
      "-oProxyCommand=x:site.git",
      "git@-oProxyCommand=x:site.git",
      "example.org:-site.git",
      "http://kim:secret-token@example.org/site.git",
      "git://example.org/site.git",
      "../site.git",
      "HTTPS://kim:secret-token@example.org/site.git",
      "https://kim:x@secret-token@example.org/site.git",
      "https://ghp_secret-token-0123456789@example.org/site.git",
      "/home/kim/site",
      "/home/kim/site/backup.git",
      "/home/kim/./site/",
      "/home/kim",
      "https://example.org/a\nurl = x",
      "/srv/a\u0007.git",
      "https://example.org",
      "origin",
    ]) {
      const found = read(remote);
      assert.equal(found.ok ? "taken" : found.problems[0]?.code, "E_REMOTE", remote);
      assert.ok(!JSON.stringify(found).includes("secret-token"), "O6");
      // A place would be shown with its line.
      assert.ok(
        !found.ok && found.problems.every(({ at, message }) => at === undefined && /:\d+\)$/.test(message)),
      );
    }
  });

  it("wants the whole path of a project, so that nobody else's has the name", () => {
    for (const project of ["site", "/"]) {
      const found = read("git@example.org:kim/site.git", project);
      assert.equal(found.ok ? "taken" : found.problems[0]?.code, "E_ARG", project);
    }
  });

  it("O6: is shown without what stands before the host", () => {
    assert.equal(shownRemote("https://kim:token@example.org/a.git"), "https://example.org/a.git");
    assert.equal(shownRemote("https://token@example.org/a.git"), "https://example.org/a.git");
    assert.equal(shownRemote("git@example.org:a.git"), "git@example.org:a.git");
    assert.equal(shownRemote("/media/disk/a@b.git"), "/media/disk/a@b.git");
  });
});
