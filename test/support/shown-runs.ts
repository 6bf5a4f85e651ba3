/** Runs that every way of showing is tried on. */
import assert from "node:assert/strict";
import type { Beginning } from "../../src/cli/following/watcher.ts";
import { Labels } from "../../src/cli/labels.ts";
import { failure } from "../../src/core/outcome.ts";
import type { Change } from "../../src/core/replay.ts";
import { Play, workflowOf } from "./decider.ts";

const SITE = `name: test
settings: { max_parallel: 4 }
tasks:
  - { id: content-check, agent: shell, parameters: { run: check } }
  - { id: build, agent: shell, parameters: { run: build } }
  - { id: link-check, agent: shell, dependencies: [build], retry: { max_attempts: 3, delay: 10, jitter: false }, parameters: { run: links } }
  - { id: pages, agent: shell, dependencies: [build], foreach: { items: [a, b], key: "\${item}" }, parameters: { run: page } }
  - { id: ask, agent: approval, dependencies: [link-check], parameters: { message: "Go?" } }
  - { id: deploy, agent: shell, dependencies: [ask], condition: "\${build.output.files > 1000}", parameters: { run: deploy } }
`;

/** Checked, built (342 files), links broken once, pages made, approved; deploy is not needed. */
export function played(): Play {
  const play = new Play(workflowOf(SITE));
  play.start("content-check", "build").pass(18_000);
  play.end("build", { output: { value: { files: 342, ok: true } }, durationMs: 18_000 });
  play.start("link-check", "pages:0", "pages:1").pass(6_000);
  play.end("link-check", {
    status: "failed",
    exitCode: 1,
    failure: failure("broken_internal_link", "public/index.html:41 \x1b[2Jbroken"),
    durationMs: 6_000,
  });
  play.end("pages:0", { durationMs: 6_000 }).end("pages:1", { durationMs: 6_000 });
  play.end("content-check", { durationMs: 24_000, usage: { costUsd: 0.08, tokens: 100 } });
  play.pass(10_000).send({ type: "timer.fired", timer: "unit:link-check" });
  play.start("link-check").pass(5_000).end("link-check", { durationMs: 5_000 });
  const decision = play.unit("ask").decision?.id ?? "";
  play.send({
    type: "decision.made",
    decision,
    choice: "approve",
    comment: null,
    fields: {},
    by: "mark",
    via: "cli",
  });
  return play;
}

/** One attempt succeeds, one fails and is tried again; there is something to say of both. */
export function noted(message = "no"): Play {
  const play = new Play(
    workflowOf(`name: test
tasks:
  - { id: a, agent: shell, parameters: { run: a } }
  - { id: b, agent: shell, retry: { max_attempts: 2, delay: 5, jitter: false }, parameters: { run: b } }
`),
  );
  play.start("a", "b").end("a", { durationMs: 10_000, notes: ["output still open", "hid \x1b[2Jit"] });
  return play.end("b", {
    status: "failed",
    exitCode: 1,
    failure: failure("unknown", message),
    notes: ["odd"],
  });
}

export const SILENT = {
  run: "RUN",
  task: "a",
  key: null,
  attempt: 1,
  kind: "quiet",
  quietMs: 600_000,
} as const;

export function firstOf(changes: readonly Change[], how: Beginning["how"] = "started"): Beginning {
  const run = (changes[0] as Change).after;
  return { run, name: "r-7k2m", how, below: [] };
}

/** Of watchers that are shown every run from its start: nothing is read. */
export const shownAll = () => new Labels(() => assert.fail("the journal was read"));
