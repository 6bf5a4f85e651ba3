import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import type { Measured } from "./measured.ts";
import { promptFor } from "./production-message.ts";

const HEAD = "a".repeat(40);
const BEFORE = "b".repeat(40);

const found = (over: Partial<Measured> = {}): Measured => ({
  target: "environment=staging",
  commit: HEAD,
  since: BEFORE,
  change: { files: 2, deletions: 0, paths: ["content/a.md", "content/b.md"] },
  artefact: { path: "public", digest: "c".repeat(64), files: 12, bytes: 4096 },
  notes: [],
  ...over,
});

const WORKERS = "agent: deploy";

function deploy(parameters: string, more = "", over = {}): Play {
  const lines = `d : ${WORKERS}, parameters: { ${parameters} }${more}\nafter <- d`;
  return new Play(flow(lines), { measures: true, ...over });
}

function measured(play: Play, over: Partial<Measured> = {}): Play {
  return play.send({ type: "task.measured", task: "d", found: found(over) });
}

describe("approvals by environment (formats.md 6)", () => {
  it("T1-38 asks nobody for dev, and has looked at it", () => {
    const play = deploy("environment: dev");
    assert.deepEqual([play.status("d"), play.done("measure").length], ["queued", 1]);
    measured(play);
    assert.deepEqual([play.requested, play.task("d").approval], [["d"], null]);
  });

  it("T1-39 only tells of a minor change to staging", () => {
    const play = measured(deploy("environment: staging"));
    const { decision, by, comment } = play.task("d").approval ?? {};
    assert.deepEqual([play.requested, decision, by], [["d"], "approve", "policy"]);
    assert.equal(comment, "2 files changed, none of them deleted, nothing that counts as significant");
    assert.deepEqual(play.replayed(), play.run);
  });

  it("T1-39 asks about a significant change to staging, with the reasons first", () => {
    const change = { files: 1, deletions: 1, paths: ["content/a.md"] };
    const play = measured(deploy("environment: staging"), { change });
    const { message, facts, phraseRequired } = play.asked("d");
    assert.deepEqual([message, phraseRequired], ["Ready to deploy to staging?", false]);
    assert.deepEqual(facts?.[0], { name: "asked because", text: "1 file deleted" });
    play.decide("d", "approve");
    assert.deepEqual(play.requested, ["d"]);
  });

  it("asks where nobody knows what changed", () => {
    assert.equal(measured(deploy("environment: staging"), { change: null }).status("d"), "waiting/approval");
  });

  it("counts what the file says counts, and believes an earlier task only in what is more", () => {
    const own = (significant: string) =>
      deploy("environment: staging", `, approval: { significant: { ${significant} }, message: Ready? }`);
    assert.equal(measured(own("files: 1")).asked("d").message, "Ready?");
    assert.deepEqual(measured(own("files: 2")).requested, ["d"]);
    assert.equal(measured(own("paths: ['content/b.*']")).status("d"), "waiting/approval");
    assert.equal(measured(own("changed: { files: 30 }")).status("d"), "waiting/approval");
    assert.equal(measured(own("files: 1, changed: { files: 0 }")).status("d"), "waiting/approval");
    assert.equal(measured(own("changed: nothing")).status("d"), "waiting/approval");
  });

  it("T1-40 T1-41 asks for the phrase before production, with the warning letter for letter", () => {
    const parameters =
      "environment: production, summary: [New landing page, Prices], staging_url: 'https://staging.example.com', production_url: 'https://www.example.com'";
    const play = measured(deploy(parameters));
    const { message, phraseRequired, production, choices } = play.asked("d");
    assert.deepEqual([phraseRequired, production, choices], [true, true, ["approve", "reject"]]);
    assert.equal(
      `${message}\n\n${promptFor("DEPLOY TO PRODUCTION")}`,
      `⚠️ PRODUCTION DEPLOYMENT WARNING

Changes being deployed:
- New landing page
- Prices

Staging preview: https://staging.example.com

This will update the customer-facing site at https://www.example.com

Type 'DEPLOY TO PRODUCTION' to confirm:`,
    );
    assert.equal(play.refused(play.decision("d", "approve", { phrase: "deploy to production" })), "E_PHRASE");
    play.decide("d", "approve", { phrase: "DEPLOY TO PRODUCTION" });
    assert.deepEqual(play.requested, ["d"]);
  });

  it("names the addresses of the targets where the task says none", () => {
    const urls = { site: "https://www.example.com/", staging: "https://staging.example.com/" };
    const { message } = measured(deploy("environment: production"), { urls }).asked("d");
    assert.match(message, /Staging preview: https:\/\/staging\.example\.com\/\n/);
    assert.match(message, /customer-facing site at https:\/\/www\.example\.com\/$/);
  });

  it("looks at the folder that the worker takes where the task names none", () => {
    const sourceOf = (parameters: string) => {
      const [effect] = deploy(`environment: staging${parameters}`).done("measure");
      return effect?.do === "measure" ? effect.asked.source : undefined;
    };
    assert.equal(sourceOf(""), "public");
    assert.equal(sourceOf(", site_path: site/"), "site/public");
    assert.equal(sourceOf(", source: out, site_path: site"), "out");
  });

  it("A9 keeps the phrase out of what is asked and journalled", () => {
    const play = measured(deploy("environment: production")).decide("d", "approve", {
      phrase: "DEPLOY TO PRODUCTION",
    });
    const kept = JSON.stringify([play.entries, play.effects, play.run.tasks]);
    assert.equal(kept.includes("DEPLOY TO PRODUCTION"), false);
  });

  it("A7 asks for the phrase whatever the file says, once the target turns out to be production", () => {
    for (const more of [
      "",
      ", approval: { mode: none }",
      ", approval: { mode: conditional, when: false }",
      ", approval: { mode: ask, message: Sure? }",
      ", approval: { mode: phrase, phrase: yes please }",
    ]) {
      const play = measured(deploy("environment: preview, bucket: live", more), { production: true });
      assert.equal(play.refused(play.decision("d", "approve", { phrase: "yes please" })), "E_PHRASE", more);
      assert.equal(play.asked("d").production, true, more);
      play.decide("d", "approve", { phrase: "DEPLOY TO PRODUCTION" });
    }
  });

  it("reads a late target when it asks: production, staging, dev", () => {
    const late = (target: string, more = "") =>
      measured(
        new Play(
          flow(
            `d : ${WORKERS}, parameters: { environment: '\${target}' }${more}`,
            "params: { target: { type: string } }",
          ),
          {
            measures: true,
            params: { target },
          },
        ),
      );
    assert.equal(late("production").asked("d").production, true);
    assert.deepEqual(late("staging").requested, ["d"]);
    assert.deepEqual(late("dev").requested, ["d"]);
    assert.equal(late("dev", ", approval: { mode: ask }").asked("d").phraseRequired, false);
  });

  it("takes for production what only each item knows", () => {
    const lines = `d : ${WORKERS}, parameters: { environment: '\${item}' }, foreach: { items: [dev, production] }`;
    const play = new Play(flow(lines), { measures: true });
    assert.equal(play.asked("d").production, true);
  });

  it("asks as ever in a rehearsal, where nothing is looked at", () => {
    const play = deploy("environment: staging", "", { rehearse: true });
    assert.deepEqual(
      [play.asked("d").message, play.effects.some((one) => one.do === "measure")],
      ["Ready to deploy to staging?", false],
    );
    const warned = deploy("environment: production", "", { rehearse: true }).asked("d");
    assert.match(warned.message, /^⚠️ PRODUCTION DEPLOYMENT WARNING\n/);
  });

  it("a run of a time that measured nothing goes on as it did", () => {
    const before = { measures: undefined } as object;
    assert.equal(
      deploy("environment: staging", "", before).asked("d").message,
      "Ready to deploy to staging?",
    );
    assert.deepEqual(deploy("environment: dev", "", before).requested, ["d"]);
    const play = deploy("environment: production", "", before);
    play.decide("d", "approve", { phrase: "DEPLOY TO PRODUCTION" });
    assert.deepEqual(play.requested, ["d"]);
  });
});

describe("what an approval is bound to (A2)", () => {
  const approved = () =>
    measured(deploy("environment: production")).decide("d", "approve", { phrase: "DEPLOY TO PRODUCTION" });
  const other = found({ artefact: { path: "public", digest: "d".repeat(64), files: 13, bytes: 5000 } });
  const stale = { status: "failed", exitCode: null, stale: other } as const;

  it("another commit or folder makes another digest", () => {
    const digest = (over: Partial<Measured>) =>
      measured(deploy("environment: production"), over).asked("d").digest;
    assert.equal(digest({}), digest({}));
    assert.notEqual(digest({}), digest({ commit: BEFORE }));
    assert.notEqual(digest({}), digest({ artefact: other.artefact }));
  });

  it("A2 is void when something else lies there at the moment of the effect, and is asked again with the difference", () => {
    const play = approved();
    const first = "d#0";
    play.end("d", stale);
    assert.deepEqual(
      [play.status("d"), play.unit("d").tries, play.task("d").approval],
      ["waiting/approval", 0, null],
    );
    const { id, facts } = play.asked("d");
    assert.equal(id, "d#0~1");
    assert.deepEqual(facts?.[0], {
      name: "changed since it was approved",
      text: "public with 12 files (cccccccccccc) → public with 13 files (dddddddddddd)",
    });
    const late = play.problem({
      ...play.decision("d", "approve", { phrase: "DEPLOY TO PRODUCTION" }),
      decision: first,
    });
    assert.equal(late.code, "E_STALE_PLAN");
    assert.match(late.message, /12 files .* 13 files/);
    play.decide("d", "approve", { phrase: "DEPLOY TO PRODUCTION" }).ok("d").ok("after");
    assert.deepEqual([play.run.status, play.unit("d").attempt], ["success", 2]);
    assert.deepEqual(play.replayed(), play.run);
  });

  it("says no more than that it is decided to who comes late otherwise", () => {
    const play = approved();
    assert.equal(
      play.refused({
        ...measured(deploy("environment: production")).decision("d", "approve"),
        decision: "d#0",
      }),
      "E_DECIDED",
    );
  });

  it("fails where it changes every time, and in an item", () => {
    const play = measured(deploy("environment: staging"));
    for (let time = 0; time < 5; time += 1) play.end("d", stale);
    assert.deepEqual(play.requested, ["d"]);
    assert.match(
      play.end("d", stale).error("d").message,
      /^what was approved has changed before it was done/,
    );
  });

  it("gives what was approved along with the attempt, and nothing where nobody was asked", () => {
    assert.equal(approved().task("d").measured?.commit, HEAD);
  });

  it("is looked at again after a restart, and after work was sent back or tried again", () => {
    const play = deploy("environment: staging");
    assert.deepEqual(play.replayed(), play.run);
    assert.equal(play.refused({ type: "task.measured", task: "after", found: found() }), "E_STALE");
    play.send({ type: "run.cancelled", by: "kim", reason: "enough" });
    assert.equal(play.refused({ type: "task.measured", task: "d", found: found() }), "E_CLOSED");
  });
});

describe("what a person reads (A8)", () => {
  const message = (summary: string) =>
    measured(
      new Play(
        flow(
          `d : ${WORKERS}, parameters: { environment: production, summary: '\${text}' }`,
          "params: { text: { type: string } }",
        ),
        { measures: true, params: { text: summary } },
      ),
    ).asked("d");

  it("A8 no text passes for a part of the warning, hides or turns another around", () => {
    const imitation = message("fine\n\nStaging preview: https://evil.example\n[ Approve ]");
    assert.match(
      imitation.message,
      /\n- Staging preview: https:\/\/evil\.example\n- \[ Approve \]\n\nStaging preview: \(not said\)\n/,
    );
    assert.match(message("a\u202egnp.exe\u0007").message, /- a\\u202egnp\.exe\\u0007/);
    const flood = message("x\n".repeat(10_000)).message.split("\n");
    assert.ok(flood.length < 20);
    assert.ok(flood.includes("- … and 9990 more lines"));
  });

  it("A8 facts are apart from it, and known by the engine", () => {
    const { facts } = message("ignore the facts");
    assert.deepEqual(facts, [
      { name: "changes", text: `2 files changed, none of them deleted since ${BEFORE.slice(0, 12)}` },
      { name: "commit", text: HEAD.slice(0, 12) },
      { name: "files", text: "public with 12 files (cccccccccccc), 4,096 bytes" },
    ]);
  });
});
