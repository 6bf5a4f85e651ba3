import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { count, localTime } from "./figures.ts";

const SUMMER = Date.UTC(2026, 6, 1, 22, 30, 5);
const WINTER = Date.UTC(2026, 0, 18, 13, 31, 14);

describe("times on the wall", () => {
  it("are those of a zone that is named, summer and winter", () => {
    const berlin = localTime("Europe/Berlin");
    assert.deepEqual([berlin.clock(SUMMER), berlin.date(SUMMER)], ["00:30:05", "2026-07-02 00:30"]);
    assert.deepEqual([berlin.clock(WINTER), berlin.date(WINTER)], ["14:31:14", "2026-01-18 14:31"]);
  });

  it("are else those of the machine's zone, as the tables of zones have them", () => {
    const file = new URL("./figures.ts", import.meta.url).href;
    const script = `const { localTime } = await import(${JSON.stringify(file)});
      console.log([${SUMMER}, ${WINTER}].map((ms) => localTime().date(ms) + " " + localTime().clock(ms)).join())`;
    for (const TZ of ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"]) {
      const words = ["--input-type=module", "--eval", script];
      const printed = execFileSync(process.execPath, words, { encoding: "utf8", env: { TZ } });
      const named = localTime(TZ);
      assert.equal(
        printed.trim(),
        [SUMMER, WINTER].map((ms) => `${named.date(ms)} ${named.clock(ms)}`).join(),
        TZ,
      );
    }
  });
});

it("counts are grouped by thousands and have their plural", () => {
  const said = [0, 1, 999, 1000, 12_345_678].map((number) => count(number, "task"));
  assert.deepEqual(said, ["0 tasks", "1 task", "999 tasks", "1,000 tasks", "12,345,678 tasks"]);
});
