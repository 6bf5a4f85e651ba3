import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Entry,
  type Pending,
  type Plan,
  planDeploy,
  type Remote,
  shrinkProblem,
  type Wanted,
} from "./plan.ts";

const NOTHING = { current: new Map<string, Entry>(), pending: null };

function wanted(path: string, etag = "a", more: Partial<Wanted> = {}): Wanted {
  return {
    path,
    size: 1,
    etag,
    type: path.endsWith(".html") ? "text/html" : "text/css",
    cache: "c",
    ...more,
  };
}

function there(path: string, etag = "a", modifiedMs = 1): Remote {
  return { path, size: 1, etag, modifiedMs };
}

function entry({ size, etag, type, cache }: Wanted): Entry {
  return { size, etag, content: etag, type, cache };
}

function served(...files: readonly Wanted[]) {
  return { current: new Map(files.map((file) => [file.path, entry(file)])), pending: null };
}

const order = ({ stages }: Plan) => stages.map((stage) => stage.map(({ path }) => path));

describe("the plan of a deploy", () => {
  it("F70: new names come first, then what changes, pages after it, the front page last", () => {
    const files = ["index.html", "news/index.html", "style.css", "app.1a2b3c4d.js", "feed.xml"].map((path) =>
      wanted(path, "new"),
    );
    const plan = planDeploy(files, [there("style.css", "old"), there("index.html", "old")], NOTHING, {
      delete: false,
    });
    assert.deepEqual(order(plan), [
      ["app.1a2b3c4d.js"],
      ["style.css"],
      ["feed.xml", "news/index.html"],
      ["index.html"],
    ]);
  });

  it("uploads nothing that is there with the same bytes and headers, and what has other headers", () => {
    const [same, other] = [wanted("a.css"), wanted("b.css", "a", { cache: "new" })];
    const known = served(same, wanted("b.css"));
    const plan = planDeploy([same, other], [there("a.css"), there("b.css")], known, { delete: false });
    assert.deepEqual(order(plan), [["b.css"]]);
    assert.deepEqual(plan.unchanged, [same]);
  });

  it("believes the listing and not what was written down: an object that somebody changed is uploaded", () => {
    const file = wanted("a.css");
    const plan = planDeploy([file], [there("a.css", "changed")], served(file), { delete: false });
    assert.deepEqual(order(plan), [["a.css"]]);
  });

  it("takes nothing for done that nobody wrote down: its headers are not known", () => {
    const plan = planDeploy([wanted("a.css")], [there("a.css")], NOTHING, { delete: false });
    assert.deepEqual(order(plan), [["a.css"]]);
  });

  it("F70: goes on where one that was cut off stopped", () => {
    const files = [wanted("a.css"), wanted("b.css"), wanted("c.css"), wanted("d.css", "a")];
    const pending: Pending = {
      release: "r",
      digest: "d",
      modifiedMs: 10,
      entries: new Map(files.map((file) => [file.path, entry(file)])),
      done: new Set(["d.css"]),
    };
    // b was there before with the same bytes, but with headers that nobody knows.
    const plan = planDeploy(
      files,
      [there("a.css", "a", 10), there("b.css", "a", 9), there("d.css", "a", 2)],
      { current: new Map(), pending },
      { delete: false },
    );
    assert.deepEqual(
      plan.unchanged.map(({ path }) => path),
      ["a.css", "d.css"],
    );
    assert.deepEqual(order(plan), [["c.css"], ["b.css"]]);
  });

  it("deletes only when asked, and knows what it replaces", () => {
    const remote = [there("gone.html"), there("a.css", "old")];
    const asked = planDeploy([wanted("a.css")], remote, NOTHING, { delete: true });
    assert.deepEqual(
      asked.deletions.map(({ path }) => path),
      ["gone.html"],
    );
    assert.deepEqual(
      asked.replaced.map(({ path }) => path),
      ["a.css", "gone.html"],
    );
    assert.deepEqual(planDeploy([wanted("a.css")], remote, NOTHING, { delete: false }).deletions, []);
  });
});

describe("C11: the floor under a deploy", () => {
  const remote = Array.from({ length: 214 }, (_, index) => there(`${index}.html`));
  const rules = { delete: true, maxDeletions: null, minFiles: 1 };

  it("E_DEPLOY_SHRINK: an empty folder deletes nothing", () => {
    const plan = planDeploy([], remote, NOTHING, rules);
    const problem = shrinkProblem(plan, remote.length, rules);
    assert.equal(problem?.code, "E_DEPLOY_SHRINK");
    assert.match(problem?.message ?? "", /would delete 214 of 214/);
  });

  it("E_DEPLOY_SHRINK: so does one with a single page, and a number makes it so", () => {
    const plan = planDeploy([wanted("new.html")], remote, NOTHING, rules);
    assert.match(
      shrinkProblem(plan, remote.length, rules)?.message ?? "",
      /would delete 214 of 214, and at most 53/,
    );
    assert.equal(shrinkProblem(plan, remote.length, { ...rules, maxDeletions: 214 }), null);
  });

  it("asks for as many files as the task says", () => {
    const plan = planDeploy([wanted("new.html")], [], NOTHING, { delete: false });
    const asked = { delete: false, maxDeletions: null, minFiles: 101 };
    assert.match(shrinkProblem(plan, 0, asked)?.message ?? "", /there are 1 files.*at least 101/);
  });

  it("never deletes all that is there unless a number says so", () => {
    const plan = planDeploy([wanted("b.html")], [there("a.html")], NOTHING, rules);
    assert.match(shrinkProblem(plan, 1, rules)?.message ?? "", /would delete 1 of 1, and at most 0/);
  });
});

describe("any plan", () => {
  const path = fc.constantFrom("index.html", "a.html", "b/index.html", "a.css", "b.js", "c.png", "feed.xml");
  const etag = fc.constantFrom("1", "2");
  const files = fc.uniqueArray(fc.tuple(path, etag), { selector: ([name]) => name });

  it("accounts for every file once, deletes nothing it wants, and leaves the bucket as wanted", () => {
    fc.assert(
      fc.property(files, files, files, fc.boolean(), (here, far, before, isDeleting) => {
        const want = here.map(([name, tag]) => wanted(name, tag));
        const remote = far.map(([name, tag]) => there(name, tag));
        const known = served(...before.map(([name, tag]) => wanted(name, tag)));
        const plan = planDeploy(want, remote, known, { delete: isDeleting });
        const uploads = plan.stages.flat();
        const told = [...uploads, ...plan.unchanged].map((file) => file.path);
        assert.deepEqual(told.toSorted(), want.map((file) => file.path).toSorted());
        const after = new Map(remote.map((one) => [one.path, one.etag]));
        for (const file of uploads) after.set(file.path, file.etag);
        for (const one of plan.deletions) after.delete(one.path);
        for (const file of want) assert.equal(after.get(file.path), file.etag);
        if (isDeleting) assert.equal(after.size, want.length);
      }),
    );
  });
});
