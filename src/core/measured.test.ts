import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differenceOf, factsOf, type Measured } from "./measured.ts";

const HERE: Measured = {
  target: "t",
  commit: "a".repeat(40),
  since: "b".repeat(40),
  change: { files: 2, deletions: 1, paths: [] },
  artefact: { path: "public", digest: "c".repeat(64), files: 1, bytes: 1234 },
  notes: ["a note"],
};

describe("what the engine found", () => {
  it("is the same as long as nothing is different that an approval is bound to", () => {
    assert.equal(differenceOf(HERE, { ...HERE, notes: [], change: null, since: null }), null);
  });

  it("A2: every difference is told", () => {
    const other = { ...HERE, commit: null, artefact: null, production: true } as const;
    assert.equal(
      differenceOf(HERE, other),
      "commit aaaaaaaaaaaa → none; public with 1 file (cccccccccccc) → no files; its target is production now",
    );
    assert.match(differenceOf(other, HERE) ?? "", /its target is not production any more$/);
    const more = { ...HERE, artefact: { path: "public", digest: "d".repeat(64), files: 1200, bytes: 1 } };
    assert.match(differenceOf(HERE, more) ?? "", /→ public with 1,200 files \(dddddddddddd\)$/);
  });

  it("is told line by line, without what is not known", () => {
    assert.deepEqual(
      factsOf(HERE).map(({ name, text }) => `${name}: ${text}`),
      [
        "changes: 2 files changed, 1 of them deleted since bbbbbbbbbbbb",
        "commit: aaaaaaaaaaaa",
        "files: public with 1 file (cccccccccccc), 1,234 bytes",
        "note: a note",
      ],
    );
    assert.deepEqual(factsOf({ ...HERE, since: null, commit: null, artefact: null, notes: [] }), [
      { name: "changes", text: "2 files changed, 1 of them deleted" },
    ]);
    assert.deepEqual(factsOf({ ...HERE, change: null, commit: null, artefact: null, notes: [] }), []);
  });
});
