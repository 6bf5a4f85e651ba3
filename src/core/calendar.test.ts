import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  addMonths,
  civilMs,
  civilOf,
  instant,
  instantMs,
  momentText,
  parseMoment,
  weekdayOf,
} from "./calendar.ts";
import { evaluate, parseExpression, type Scope } from "./expression/expression.ts";
import { isZone, zonedMs, zoneOffsetMs } from "./zone.ts";

const scope: Scope = { get: () => undefined, sha256: String };

function read(source: string) {
  const parsed = parseExpression(source);
  return parsed.ok ? evaluate(parsed.expression, scope) : parsed;
}

function gives(table: readonly (readonly [string, string])[]): void {
  for (const [source, value] of table) assert.deepEqual(read(source), { ok: true, value }, source);
}

function refuses(table: readonly (readonly [string, RegExp])[]): void {
  for (const [source, message] of table) {
    const result = read(source);
    assert(!result.ok, `${source} gives no problem`);
    assert.equal(result.problem.code, "E_EXPR_TYPE", source);
    assert.match(result.problem.message, message, source);
  }
}

describe("the calendar", () => {
  it("agrees with the platform on every day of ten thousand years", () => {
    const first = Date.UTC(2000, 0, 1) - 730_000 * 86_400_000;
    for (let day = 0; day < 3_600_000; day += 17) {
      const ms = first + day * 86_400_000 + (day % 86_400) * 1000;
      const date = new Date(ms);
      const civil = civilOf(ms);
      assert.equal(civil.year, date.getUTCFullYear());
      assert.equal(civil.month, date.getUTCMonth() + 1);
      assert.equal(civil.day, date.getUTCDate());
      assert.equal(civil.hour * 3600 + civil.minute * 60 + civil.second, day % 86_400);
      assert.equal(weekdayOf(ms) % 7, date.getUTCDay());
      assert.equal(civilMs(civil), ms);
    }
  });

  it("writes and reads times as the platform does", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        assert.equal(instant(ms), new Date(ms).toISOString());
        assert.equal(instantMs(instant(ms)), ms);
      }),
    );
    assert.equal(instant(1.9), "1970-01-01T00:00:00.001Z");
  });

  it("reads every form of RFC 3339, and a bare date", () => {
    const table: readonly (readonly [string, string | null])[] = [
      ["2026-03-29", "2026-03-29T00:00:00.000Z"],
      ["2026-03-29T10:00:00Z", "2026-03-29T10:00:00.000Z"],
      ["2026-03-29t10:00:00.5z", "2026-03-29T10:00:00.500Z"],
      ["2026-03-29 10:00:00.123456789+02:00", "2026-03-29T08:00:00.123Z"],
      ["2026-03-29T10:00:00-05:30", "2026-03-29T15:30:00.000Z"],
      ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
      ["2024-02-29", "2024-02-29T00:00:00.000Z"],
      ["2000-02-29", "2000-02-29T00:00:00.000Z"],
      ["1900-02-29", null],
      ["2026-02-29", null],
      ["2026-04-31", null],
      ["2026-13-01", null],
      ["2026-00-01", null],
      ["2026-01-00", null],
      ["2026-01-01T24:00:00Z", null],
      ["2026-01-01T10:60:00Z", null],
      ["2026-01-01T10:00:61Z", null],
      ["2026-01-01T10:00:00+24:00", null],
      ["2026-01-01T10:00:00+02:60", null],
      ["2026-01-01T10:00:00", null],
      ["tomorrow", null],
    ];
    for (const [text, meant] of table)
      assert.equal(instantMs(text), meant === null ? null : Date.parse(meant), text);
  });

  it("writes a moment as it was written", () => {
    for (const text of [
      "2026-03-29",
      "2026-03-29T10:00:00Z",
      "2026-03-29T10:00:00.500+02:00",
      "0001-01-02T00:00:00-11:30",
    ]) {
      const moment = parseMoment(text);
      assert(moment !== null);
      assert.equal(momentText(moment), text);
    }
  });

  it("adds months without leaving the month", () => {
    const civil = civilOf(Date.UTC(2024, 0, 31));
    assert.deepEqual([addMonths(civil, 1).month, addMonths(civil, 1).day], [2, 29]);
    assert.deepEqual([addMonths(civil, -1).year, addMonths(civil, -1).month], [2023, 12]);
    assert.deepEqual([addMonths(civil, 3).day, addMonths(civil, 13).day], [30, 28]);
  });
});

describe("time zones", () => {
  it("follow the platform's tables", () => {
    assert.equal(isZone("Europe/Berlin"), true);
    assert.equal(isZone("Mars/Base"), false);
    assert.equal(zoneOffsetMs("Europe/Berlin", Date.UTC(2026, 0, 1)), 3_600_000);
    assert.equal(zoneOffsetMs("Europe/Berlin", Date.UTC(2026, 6, 1)), 7_200_000);
    assert.equal(zoneOffsetMs("+05:30", 0), 19_800_000);
  });

  it("take the first of an hour that comes twice, and jump over one that does not exist", () => {
    const at = (text: string) =>
      new Date(zonedMs("Europe/Berlin", civilOf(Date.parse(`${text}Z`)))).toISOString();
    assert.equal(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00.000Z");
    assert.equal(at("2026-03-29T02:30:00"), "2026-03-29T01:30:00.000Z");
    assert.equal(at("2026-03-29T03:30:00"), "2026-03-29T01:30:00.000Z");
    assert.equal(at("2026-01-01T12:00:00"), "2026-01-01T11:00:00.000Z");
    assert.equal(at("2026-10-25T12:00:00"), "2026-10-25T11:00:00.000Z");
  });

  it("are kept for reuse, but not without end", () => {
    for (let hour = -12; hour <= 12; hour += 1) {
      for (const minute of ["00", "15", "30"]) {
        assert.equal(
          isZone(`${hour < 0 ? "-" : "+"}${String(Math.abs(hour)).padStart(2, "0")}:${minute}`),
          true,
        );
      }
    }
    assert.equal(isZone("UTC"), true);
  });
});

describe("fn:date", () => {
  it("writes every part of a time", () => {
    const time = "'2026-03-05T15:04:09.007Z'";
    gives([
      [`fn:date(${time})`, "2026-03-05"],
      [`fn:date(${time}, 'yyyy yy MMMM MMM MM M dd d')`, "2026 26 March Mar 03 3 05 5"],
      [`fn:date(${time}, 'EEEE EEE')`, "Thursday Thu"],
      [`fn:date(${time}, 'HH H hh h mm m ss s SSS a')`, "15 15 03 3 04 4 09 9 007 PM"],
      [`fn:date(${time}, "yyyy-MM-dd'T'HH:mm:ssXXX xxx")`, "2026-03-05T15:04:09Z +00:00"],
      [`fn:date(${time}, 'HH:mm XXX xxx', 'America/New_York')`, "10:04 -05:00 -05:00"],
      [`fn:date(${time}, 'HH:mm', '+05:30')`, "20:34"],
      [`fn:date(${time}, "''d 'o''clock' 'open")`, "'5 o'clock open"],
      ["fn:date('2026-03-05T00:30:00Z', 'h a')", "12 AM"],
      [`fn:date(${time}, '')`, ""],
      ["fn:date('2026-03-29T01:30:00Z', 'HH:mm', 'Europe/Berlin')", "03:30"],
    ]);
  });

  it("says what it cannot read", () => {
    refuses([
      ["fn:date('yesterday')", /cannot read "yesterday" as a time/],
      ["fn:date('2026-01-01', 'QQ')", /knows no QQ in a date format/],
      ["fn:date('2026-01-01', 'constructor')", /knows no c in/],
      ["fn:date('2026-01-01', 'yyyy', 'Mars/Base')", /no time zone "Mars\/Base"/],
      ["fn:date('0000-01-01')", /only the years 1 to 9999/],
      ["fn:date(5)", /takes a text/],
    ]);
  });
});

describe("fn:date_add", () => {
  it("adds in the offset as written, or in a zone", () => {
    gives([
      ["fn:date_add('2026-01-31', 1, 'months')", "2026-02-28"],
      ["fn:date_add('2024-02-29', 1, 'year')", "2025-02-28"],
      ["fn:date_add('2026-01-01', -1, 'days')", "2025-12-31"],
      ["fn:date_add('2026-01-01', 2, 'weeks')", "2026-01-15"],
      ["fn:date_add('2026-01-01', 90, 'minutes')", "2026-01-01T01:30:00Z"],
      ["fn:date_add('2026-01-01T00:00:00.250+02:00', 1, 'second')", "2026-01-01T00:00:01.250+02:00"],
      ["fn:date_add('2026-01-01T10:00:00-03:30', 36, 'hours')", "2026-01-02T22:00:00-03:30"],
      ["fn:date_add('2026-03-28T12:00:00Z', 1, 'day', 'Europe/Berlin')", "2026-03-29T13:00:00+02:00"],
      ["fn:date_add('2026-03-28T12:00:00Z', 24, 'hours', 'Europe/Berlin')", "2026-03-29T14:00:00+02:00"],
    ]);
  });

  it("says what it cannot add", () => {
    refuses([
      ["fn:date_add('2026-01-01', 1.5, 'days')", /takes a whole number/],
      ["fn:date_add('2026-01-01', 1, 'fortnights')", /knows no "fortnights"/],
      ["fn:date_add('2026-01-01', 1, 'toString')", /knows no/],
      ["fn:date_add('9999-12-01', 1, 'year')", /only the years/],
      ["fn:date_add('2026-01-01', 9000, 'years')", /only the years/],
      [
        "fn:date_add('2026-01-01', -900000000, 'seconds') == '' || fn:date_add('0001-01-03', -3, 'days') == ''",
        /only the years/,
      ],
      ["fn:date_add('2026-01-01', 2000000000000, 'days')", /so large a number/],
      ["fn:date_add('2026-01-01', 1000000000000, 'days')", /only the years/],
    ]);
  });
});
