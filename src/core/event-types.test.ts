import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_TYPES } from "./event-types.ts";

test("each kind of fact is named once, by what it is about and what happened", () => {
  assert.equal(new Set(EVENT_TYPES).size, EVENT_TYPES.length);
  for (const type of EVENT_TYPES) assert.match(type, /^[a-z]+\.[a-z_]+$/);
});
