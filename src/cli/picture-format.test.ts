import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Context } from "./context.ts";
import { NO_GLOBALS } from "./globals.ts";
import { formatAsked } from "./picture-format.ts";

const asked = (format: string | null, json = false) =>
  formatAsked({ globals: { ...NO_GLOBALS, json } } as Context, { format }, ["text", "svg", "json"]);

describe("the format of a picture", () => {
  it("is what --format says, the first of them without it, and JSON with --json", () => {
    assert.deepEqual(
      [asked(null), asked("svg"), asked("json"), asked(null, true)],
      ["text", "svg", "json", "json"],
    );
    assert.equal(asked("json", true), "json");
  });

  it("is refused where it is none, or --json promises another", () => {
    assert.throws(() => asked("png"), { message: /--format cannot be "png"/ });
    assert.throws(() => asked("svg", true), { message: /--json prints JSON, and --format svg does not/ });
  });
});
