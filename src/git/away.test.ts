/** F59, G8, I6: what leaves the machine, with real git and real remotes. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { codeOf, git, Rig, RUN, value } from "../../test/support/repository.ts";
import { realFiles } from "../port/files.ts";
import { type Pushed, push, type Wanted } from "./away.ts";
import type { Git } from "./git.ts";

const BRANCH = "refs/heads/decapod/ab3d7k2m";
const WORK = `refs/decapod/work/${RUN}/ab3d7k2m.build.1`;

class Away extends Rig {
  readonly remote = join(this.folder, "remote.git");
  readonly home = join(this.folder, "home");

  constructor(t: TestContext) {
    super(t);
    git(this.folder, "init", "--quiet", "--bare", "--template=", this.remote);
    mkdirSync(this.home);
  }

  get wanted(): readonly Wanted[] {
    return [BRANCH, WORK].map((name) => ({ name, commit: this.head() }));
  }

  commit(text: string): void {
    git(this.project, "commit", "--quiet", "--allow-empty", "-m", text);
  }

  async push(address = this.remote, signal = new AbortController().signal): Promise<Pushed> {
    return value(await this.pushed(address, signal));
  }

  pushed(address = this.remote, signal = new AbortController().signal) {
    const environment = { HOME: this.home, SSH_ASKPASS: "/bin/false" };
    const folder = join(this.folder, "away");
    const { tree } = this.repository;
    const parts = { git: this.git, files: realFiles, tree };
    return push(parts, this.wanted, { address, environment, folder }, signal);
  }

  get there(): string {
    return git(this.remote, "for-each-ref", "--format=%(refname) %(objectname)");
  }

  get all(): string {
    return [WORK, BRANCH].map((name) => `${name} ${this.head()}`).join("\n");
  }

  hook(text: string): void {
    mkdirSync(join(this.remote, "hooks"), { recursive: true });
    writeFileSync(join(this.remote, "hooks/pre-receive"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
}

async function serving(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("F59 a remote of the person's", () => {
  it("gets these refs under the same names, nothing else, and the same once more without harm", async (t) => {
    const rig = new Away(t);
    git(rig.project, "tag", "-a", "v1", "-m", "a tag");
    git(rig.project, "config", "push.followTags", "true");
    const first = await rig.push();
    assert.deepEqual([first.taken, first.refused, first.trouble], [rig.wanted, [], null]);
    assert.equal(rig.there, rig.all);
    assert.deepEqual((await rig.push()).taken, rig.wanted);
    rig.commit("more");
    assert.deepEqual((await rig.push()).taken, rig.wanted);
    assert.equal(rig.there, rig.all);
    assert.ok(!existsSync(join(rig.folder, "away")), "nothing is left of the call");
    assert.equal(git(rig.project, "for-each-ref", "refs/remotes"), "");
  });

  it("gets them from a shallow clone, and from a repository of SHA-256", async (t) => {
    const rig = new Away(t);
    rig.commit("more");
    const shallow = join(rig.folder, "shallow");
    git(rig.folder, "clone", "--quiet", "--depth=1", `file://${rig.project}`, shallow);
    git(rig.remote, "fetch", "--quiet", rig.project, "main:refs/heads/main");
    renameSync(rig.project, `${rig.project}-whole`);
    renameSync(shallow, rig.project);
    assert.deepEqual((await rig.push()).taken, rig.wanted);
    renameSync(rig.project, shallow);
    git(rig.folder, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", rig.project);
    rig.commit("first");
    const other = join(rig.folder, "other.git");
    git(rig.folder, "init", "--quiet", "--bare", "--object-format=sha256", other);
    assert.deepEqual((await rig.push(other)).taken, rig.wanted);
  });

  it("declines by its hook: said for each, and taken once it no longer does", async (t) => {
    const rig = new Away(t);
    rig.hook("echo 'not today'; exit 1");
    const why = "pre-receive hook declined";
    const refused = [BRANCH, WORK].map((name) => ({ name, why }));
    assert.deepEqual(await rig.push(), { taken: [], refused, trouble: null });
    rig.hook("exit 0");
    assert.deepEqual((await rig.push()).taken, rig.wanted);
  });

  it("G12: has the branch where somebody else moved it: it stays there, and the rest goes", async (t) => {
    const rig = new Away(t);
    const theirs = join(rig.folder, "theirs");
    git(rig.folder, "clone", "--quiet", rig.project, theirs);
    git(theirs, "commit", "--quiet", "--allow-empty", "-m", "theirs");
    git(theirs, "push", "--quiet", rig.remote, `HEAD:${BRANCH}`);
    rig.commit("ours");
    const { taken, refused } = await rig.push();
    assert.deepEqual(
      taken.map(({ name }) => name),
      [WORK],
    );
    assert.deepEqual(refused, [{ name: BRANCH, why: "fetch first" }]);
    assert.equal(git(rig.remote, "rev-parse", BRANCH), git(theirs, "rev-parse", "HEAD"));
  });

  it("is away for a while: said, and taken when it is back", async (t) => {
    const rig = new Away(t);
    renameSync(rig.remote, `${rig.remote}.away`);
    const { taken, trouble } = await rig.push();
    assert.deepEqual(taken, []);
    assert.match(trouble ?? "", /does not appear to be a git repository/);
    renameSync(`${rig.remote}.away`, rig.remote);
    assert.deepEqual((await rig.push()).taken, rig.wanted);
  });

  it("O6: answers 403 to the person's token, which goes to it alone, by no argument and into no message", async (t) => {
    const rig = new Away(t);
    const seen: string[] = [];
    const host = await serving(t, ({ headers }, response) => {
      seen.push(headers.authorization ?? "nobody");
      response.writeHead(headers.authorization === undefined ? 401 : 403, {
        "www-authenticate": 'Basic realm="git"',
      });
      response.end();
    });
    const programs = join(rig.folder, "programs");
    const argv = join(rig.folder, "argv");
    mkdirSync(programs);
    writeFileSync(
      join(programs, "git"),
      `#!/bin/sh\necho "$@" >> ${argv}\nPATH=${process.env.PATH} GIT_TRACE=${argv}.trace exec git "$@"\n`,
      { mode: 0o755 },
    );
    const logging = rig.gitAt(programs);
    const { tree } = rig.repository;
    const place = { environment: { HOME: rig.home }, folder: join(rig.folder, "away") };
    const address = `http://kim:to%40ken-12345@${host}/site.git`;
    const signal = new AbortController().signal;
    const pushed = value(
      await push({ git: logging, files: realFiles, tree }, rig.wanted, { ...place, address }, signal),
    );
    assert.match(pushed.trouble ?? "", /returned error: 403/);
    assert.deepEqual(seen, ["nobody", `Basic ${Buffer.from("kim:to@ken-12345").toString("base64")}`]);
    const told = [pushed.trouble, readFileSync(argv, "utf8"), readFileSync(`${argv}.trace`, "utf8")].join(
      "\n",
    );
    assert.match(told, /push --porcelain/);
    assert.doesNotMatch(told, /ken-12345/);
  });

  it("hangs: left as soon as nobody waits any longer, with all that was started for it", async (t) => {
    const rig = new Away(t);
    const stop = new AbortController();
    const host = await serving(t, () => stop.abort());
    const { taken, trouble } = await rig.push(`http://${host}/site.git`, stop.signal);
    assert.deepEqual([taken, trouble], [[], "no answer before the command ended"]);
  });
});

describe("I6 a repository that an agent has written to", () => {
  for (const key of ["url.EVIL.insteadOf", "url.EVIL.pushInsteadOf", "core.sshCommand"])
    it(`sets ${key}: nothing goes anywhere`, async (t) => {
      const rig = new Away(t);
      const [evil, canary] = [join(rig.folder, "evil.git"), `touch ${rig.canary}`];
      git(rig.folder, "init", "--quiet", "--bare", evil);
      git(rig.project, "config", key.replace("EVIL", evil), key.startsWith("url") ? rig.remote : canary);
      const address = key.startsWith("url") ? rig.remote : "ssh://git@localhost/site.git";
      assert.equal(codeOf(await rig.pushed(address)), "E_GIT_CONFIG");
      assert.equal(git(evil, "for-each-ref"), "");
      assert.ok(!existsSync(rig.canary));
    });

  it("sets them after they were looked at, calls a remote as the address, and has hooks: it goes where it was to go", async (t) => {
    const rig = new Away(t);
    const evil = join(rig.folder, "evil.git");
    git(rig.folder, "init", "--quiet", "--bare", evil);
    for (const name of [rig.remote, "origin", "decapod-away"]) {
      git(rig.project, "config", `remote.${name}.pushurl`, evil);
      git(rig.project, "config", `remote.${name}.mirror`, "true");
    }
    git(rig.project, "config", "remote.pushDefault", "origin");
    mkdirSync(join(rig.project, ".git/hooks"), { recursive: true });
    for (const hook of ["pre-push", "reference-transaction"])
      writeFileSync(join(rig.project, ".git/hooks", hook), `#!/bin/sh\ntouch ${rig.canary}\n`, {
        mode: 0o755,
      });
    const late: Git = Object.create(rig.git);
    late.read = (tree, argv) => rig.git.read(tree, argv);
    late.away = (argv, options) => {
      appendFileSync(join(rig.project, ".git/config"), `[url "${evil}"]\n\tinsteadOf = ${rig.remote}\n`);
      return rig.git.away(argv, options);
    };
    const { tree } = rig.repository;
    const place = { environment: { HOME: rig.home }, folder: join(rig.folder, "away"), address: rig.remote };
    const signal = new AbortController().signal;
    const pushed = value(await push({ git: late, files: realFiles, tree }, rig.wanted, place, signal));
    assert.deepEqual(pushed.taken, rig.wanted);
    assert.match(readFileSync(join(rig.project, ".git/config"), "utf8"), /insteadOf/);
    assert.deepEqual([rig.there, git(evil, "for-each-ref")], [rig.all, ""]);
    assert.ok(!existsSync(rig.canary));
  });

  it("does not stand between git and what the person has set for it: their own way to ssh", async (t) => {
    const rig = new Away(t);
    const way = join(rig.folder, "way");
    writeFileSync(
      way,
      `#!/bin/sh\nfor last; do :; done\ncase "$last" in *pack*) exec sh -c "$last";; esac\n`,
      {
        mode: 0o755,
      },
    );
    writeFileSync(join(rig.home, ".gitconfig"), `[core]\n\tsshCommand = ${way}\n`);
    assert.deepEqual((await rig.push(`git@localhost:${rig.remote}`)).taken, rig.wanted);
    assert.equal(rig.there, rig.all);
  });
});
