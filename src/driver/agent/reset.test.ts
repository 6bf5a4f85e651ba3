import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instant } from "../../core/calendar.ts";
import { type Here, resetTold } from "./reset.ts";

const HOUR_MS = 3_600_000;
/** 00:25 in UTC, 19:25 the day before in New York. */
const NOW = Date.UTC(2026, 10, 30, 0, 25, 20);

function told(words: string, over: Partial<Here> = {}): string | null {
  const here = { nowMs: NOW, zone: "America/New_York", machineOffsetMs: () => 0, ...over };
  const ms = resetTold(words, here);
  return ms === null ? null : instant(ms);
}

describe("the reset of a usage limit", () => {
  it("is read as codex 0.169 tells it, at the clocks of the attempt: the same day, another one, not at all", () => {
    const buy =
      "You’ve hit your usage limit. Visit https://chatgpt.com/settings/usage to purchase more credits";
    assert.equal(told(`${buy} or try again at 9:25 PM.`), "2026-11-30T02:26:00.000Z");
    assert.equal(told(`${buy} or try again at Dec 2nd, 2026 9:25 PM.`), "2026-12-03T02:26:00.000Z");
    const admin = "You’ve hit your usage limit. To get more access now, send a request to your admin";
    assert.equal(told(`${admin} or try again later.`), null);
    assert.equal(
      told("You’ve hit your usage limit. Try again at Jan 1st, 2027 12:05 AM."),
      "2027-01-01T05:06:00.000Z",
    );
  });

  it("is read as older ones, gemini and claude behind ACP tell it", () => {
    const after = (ms: number) => instant(NOW + ms + 60_000);
    const old = "You've hit your usage limit. Upgrade to Pro or try again in";
    assert.equal(told(`${old} 3 days 2 hours 5 minutes.`), after(74 * HOUR_MS + 300_000));
    assert.equal(told(`${old} 1 day.`), after(24 * HOUR_MS));
    assert.equal(told(`${old} less than a minute.`), after(0));
    const gemini = "You have exhausted your capacity on this model. Your quota will reset after 23h13m11s.";
    assert.equal(told(gemini), after(23 * HOUR_MS + 13 * 60_000 + 11_000));
    const claude = "You've hit your 5-hour limit · resets";
    assert.equal(told(`${claude} 11:45am (UTC)`), "2026-11-30T11:46:00.000Z");
    assert.equal(told(`${claude} 3pm (Europe/Berlin)`), "2026-11-30T14:01:00.000Z");
  });

  it("is read in fractions and thousandths of a second as well, and is never longer than any limit is", () => {
    const after = (ms: number) => instant(NOW + ms + 60_000);
    const longest = instant(NOW + 8 * 24 * HOUR_MS);
    for (const [words, expected] of [
      ["Your quota will reset after 20ms", after(20)],
      ["Please try again in 20ms.", after(20)],
      ["try again in 0.5s.", after(500)],
      ["try again in 1m2.25s.", after(62_250)],
      ["try again in 1.5 hours, 3 seconds.", after(1.5 * HOUR_MS + 3_000)],
      ["try again in 0.4ms", after(0)],
      ["try again in 6 days", after(144 * HOUR_MS)],
      [`try again in ${"9".repeat(400)} days`, longest],
      ["try again in 5 moons", null],
    ] as const)
      assert.equal(told(words), expected, words.slice(0, 80));
  });

  it("of a time of day is the next one, and one that has just gone by is not tomorrow's", () => {
    const at = (time: string) => told(`try again at ${time}.`, { zone: "UTC" });
    assert.equal(at("12:24 AM"), "2026-11-30T00:25:00.000Z");
    assert.equal(at("11:59 PM"), "2026-12-01T00:00:00.000Z");
    assert.equal(at("12:10 AM"), "2026-12-01T00:11:00.000Z");
    const justMidnight = { zone: "UTC", nowMs: Date.UTC(2026, 10, 30, 0, 0, 5) };
    assert.equal(told("try again at 11:59 PM.", justMidnight), "2026-11-30T00:00:00.000Z");
  });

  it("without a zone, or with one that nobody knows, is by the machine's clocks", () => {
    const machineOffsetMs = () => HOUR_MS;
    for (const zone of [undefined, "Nowhere/Else"])
      assert.equal(
        told("try again at 9:25 PM.", { zone, machineOffsetMs }),
        "2026-11-30T20:26:00.000Z",
        zone,
      );
  });

  it("is nothing that other words look like", () => {
    for (const words of [
      "",
      "try again later",
      "try again at Foo 2nd, 2026 9:25 PM",
      "again in days",
      "resets soon",
    ])
      assert.equal(told(words), null, words);
  });
});
