/** Approvals of tasks that are no deploys, and of deploys that say little: what is looked at, and what is asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { FOUND } from "../../test/support/measured-found.ts";
import { phraseFor } from "./gate.ts";
import type { Measured } from "./measured.ts";
import { recover } from "./recover.ts";

const play = (lines: string, top = "", over = {}) => new Play(flow(lines, top), { measures: true, ...over });
const see = (one: Play, over: Partial<Measured> = {}) =>
  one.send({ type: "task.measured", task: "d", found: { ...FOUND, ...over } });
/** What is asked to be looked at. */
const looked = (one: Play) => {
  const [effect] = one.done("measure");
  assert.ok(effect?.do === "measure");
  return effect.asked;
};

describe("an approval by significance of any task", () => {
  const changes = (more: string) => `d : approval: { message: Ready?, ${more} }`;

  it("is asked from the counts that the file says on, and otherwise only told", () => {
    const fresh = play(changes("significant: { files: 1 }"));
    const { countsChange, parameters, target } = looked(fresh);
    const asked = see(fresh);
    assert.deepEqual(
      [asked.status("d"), countsChange, parameters, target],
      ["waiting/approval", true, null, "task test/d"],
    );
    const told = see(play(changes("significant: { files: 5, deletions: 2 }")));
    assert.deepEqual([told.requested, told.task("d").approval?.by], [["d"], "policy"]);
    const gone = see(play(changes("significant: { files: 50, deletions: 2 }")), {
      change: { files: 3, deletions: 3, paths: ["a", "b", "c"] },
    });
    assert.equal(gone.asked("d").facts?.[0]?.text, "3 files deleted, more than 2");
  });

  it("is asked also when its condition says so, and fails where that is none", () => {
    const both = (when: string) => changes(`mode: conditional, when: "${when}", significant: { files: 9 }`);
    assert.equal(see(play(both("${1 == 1}"))).status("d"), "waiting/approval");
    assert.deepEqual(see(play(both("${1 == 2}"))).requested, ["d"]);
    assert.match(see(play(both("${run.id}"))).error("d").message, /must be true or false/);
  });

  it("fails where what an earlier task tells cannot be read", () => {
    const lines = `a\nd <- a : approval: { message: Ready?, significant: { changed: "\${a.output.no.such}" } }`;
    const one = play(lines).start("a").give("a", { files: 3 });
    assert.equal(see(one).error("d").class, "config_error");
  });

  it("A7: is asked where nothing could be measured, whatever an earlier task tells", () => {
    const one = see(play(changes("significant: { files: 2, changed: { files: 1, paths: [a.md] } }")), {
      change: null,
    });
    assert.equal(one.status("d"), "waiting/approval");
  });
});

describe("what is looked at before a person is asked", () => {
  it("a file or a difference that the approval shows, and nothing where it shows a text", () => {
    const shows = (show: string) =>
      looked(play(`d : agent: approval, parameters: { message: Fine?, show: ${show} }`));
    assert.deepEqual(shows("{ file: draft.md }").show, { file: "draft.md" });
    assert.deepEqual(shows("{ diff: true }").show, { diff: true });
    assert.equal(play("d : agent: approval, parameters: { show: plain }").done("measure").length, 0);
    const late = (show: string, p: string) =>
      looked(
        play(`d : agent: approval, parameters: { show: ${show} }`, "params: { p: {} }", { params: { p } }),
      ).show;
    assert.equal(late("{ file: '${fn:number(p)}' }", "3"), null);
    assert.equal(late("{ file: '${fn:number(p)}' }", "no number"), null);
  });

  it("of a deploy its target by what it says, and its source", () => {
    const target = (parameters: string) => looked(play(`d : agent: deploy, parameters: { ${parameters} }`));
    const {
      target: named,
      source,
      parameters,
    } = target("environment: staging, bucket: b, prefix: 3, source: out");
    assert.deepEqual([named, source], ["environment=staging bucket=b prefix=3 source=out", "out"]);
    assert.deepEqual(parameters, { environment: "staging", bucket: "b", prefix: 3, source: "out" });
    const silent = target("minify: true");
    assert.deepEqual([silent.target, silent.source], ["task test/d", "public"]);
    assert.equal(target("site_path: site").source, "site/public");
    assert.equal(target("source: '', site_path: ''").source, "public");
    assert.equal(looked(play("d : agent: hugo-deploy-site, parameters: { site: x }")).source, null);
  });

  it("by the name of a worker that deploys to one place", () => {
    const of = (agent: string) => see(play(`d : agent: ${agent}, parameters: { site: x }`));
    assert.deepEqual(of("hugo-deploy-staging").task("d").approval?.by, "policy");
    assert.deepEqual(of("hugo-deploy-site").task("d").approval, null);
  });

  it("is looked at again after a restart", () => {
    const one = play("d : agent: deploy, parameters: { environment: dev }");
    const { effects } = recover(one.replayed(), one.lookup);
    assert.deepEqual(
      effects.flatMap((effect) => (effect.do === "measure" ? [effect.task] : [])),
      ["d"],
    );
  });
});

describe("production under another name (A7)", () => {
  const asks = (lines: string, top = "") => play(lines, top, { params: { p: "x" } }).asked("d").production;

  it("is an agent made for it, a capital letter, and what only each item knows", () => {
    const deploy = (more: string) => `d : agent: deploy, parameters: { ${more} }`;
    const each = ", foreach: { items: [live], as: b }";
    assert.equal(see(play(deploy("environment: Production"))).asked("d").production, true);
    assert.equal(asks(`${deploy("environment: dev, bucket: '${b}'")}${each}`), true);
    assert.equal(asks(`${deploy("environment: dev, url: 'https://${b}'")}${each}`), true);
    const named = "d : agent: hugo-deploy-production, parameters: { environment: dev }";
    assert.equal(see(play(named)).asked("d").production, true);
    assert.deepEqual(play(`${deploy("environment: dev, bucket: b")}${each}`).requested, ["d:0"]);
  });
});

describe("the phrase that a question asks for", () => {
  it("is the file's own outside of production, and none where there is no approval", () => {
    const one = play("d : approval: { mode: phrase, phrase: yes please }");
    assert.equal(one.refused(one.decision("d", "approve", { phrase: "yes" })), "E_PHRASE");
    one.decide("d", "approve", { phrase: "yes please" });
    assert.deepEqual(one.requested, ["d"]);
    assert.deepEqual(
      [phraseFor(undefined, false), phraseFor(undefined, true)],
      [null, "DEPLOY TO PRODUCTION"],
    );
  });

  it("of a deploy that is not to production is the file's own too", () => {
    const staging = "environment: staging }, approval: { mode: phrase, phrase: to staging";
    const one = see(play(`d : agent: deploy, parameters: { ${staging} }`));
    assert.equal(one.refused(one.decision("d", "approve", { phrase: "to stagin" })), "E_PHRASE");
    assert.deepEqual(one.decide("d", "approve", { phrase: "to staging" }).requested, ["d"]);
  });

  it("was decided by somebody, and a second answer is told by whom", () => {
    const one = play("d : agent: approval, parameters: { message: Fine? }\nb <- d");
    const late = one.decision("d", "reject");
    one.decide("d", "approve");
    assert.match(one.problem(late).message, /was already decided: approve by kim at /);
    assert.match(one.problem({ ...late, decision: "nowhere#0" }).message, /is not open/);
    assert.match(one.problem({ ...late, decision: "??" }).message, /is not open/);
    assert.match(one.problem({ ...late, decision: "b#0" }).message, /is not open/);
  });

  it("A4: of an item too, and not of what else was asked about the same task", () => {
    const each = play("d : agent: approval, parameters: { message: x }, foreach: { items: [x, y] }\nb <- d");
    const late = each.decision("d:1", "reject");
    each.decide("d:1", "approve");
    assert.match(each.problem(late).message, /^decision d:1@1 was already decided: approve by kim at /);
    assert.match(each.problem({ ...late, decision: "d:7@1" }).message, /is not open/);
    const once = play("d : approval: { mode: ask }, effect: once")
      .decide("d", "approve")
      .start("d")
      .lose("d");
    const blocked = once.decision("d", "retry");
    once.decide("d", "retry");
    assert.match(once.problem(blocked).message, /^decision d!1 is not open/);
  });
});

describe("an approval that became void", () => {
  it("is bound to what was shown of the work, and says so when that was never looked at", () => {
    const one = play(`d : approval: { message: Fine?, show: { file: a.md } }`);
    see(one, { shown: { of: "a.md", text: "hello", linesLeft: 0 } });
    const { digest, shown } = one.asked("d");
    assert.equal(shown?.text, "hello");
    const other = see(play(`d : approval: { message: Fine?, show: { file: a.md } }`), {
      shown: { of: "a.md", text: "other", linesLeft: 0 },
    });
    assert.notEqual(other.asked("d").digest, digest);
  });
});
