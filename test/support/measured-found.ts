/** What the engine finds before an approval, in tests: a small change, nothing built. */
import type { Measured } from "../../src/core/measured.ts";

export const FOUND: Measured = {
  target: "environment=staging",
  commit: "a".repeat(40),
  since: null,
  change: { files: 2, deletions: 0, paths: ["a.md", "b.md"] },
  artefact: null,
  notes: [],
};
