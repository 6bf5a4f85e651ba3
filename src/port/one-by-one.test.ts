import assert from "node:assert/strict";
import { it } from "node:test";
import { OneByOne } from "./one-by-one.ts";

it("work of one name never overlaps and keeps its order, also behind what fails; other names wait for nothing", async () => {
  const order = new OneByOne();
  const seen: string[] = [];
  const held = Promise.withResolvers<void>();
  const work =
    (text: string, until: Promise<void> = Promise.resolve()) =>
    async () => {
      seen.push(`${text} begins`);
      await until;
      seen.push(`${text} ends`);
      if (text === "first") throw new Error("no");
      return text;
    };
  const first = order.alone("a", work("first", held.promise));
  const second = order.alone("a", work("second"));
  assert.equal(await order.alone("b", work("other")), "other");
  assert.deepEqual(seen, ["first begins", "other begins", "other ends"]);
  held.resolve();
  await assert.rejects(first, /no/);
  assert.equal(await second, "second");
  assert.deepEqual(seen.slice(3), ["first ends", "second begins", "second ends"]);
});
