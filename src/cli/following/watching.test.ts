import assert from "node:assert/strict";
import { it } from "node:test";
import type { Client } from "../../client/client.ts";
import { bad } from "../../core/problem.ts";
import { Watching, type WatchingOptions } from "./watching.ts";

const RUN = "0123456789abcdefghjkmnpqrs";

it("what its owner tells in the moment in which watching ends is not looked up in a journal that is closed", async () => {
  let isClosed = false;
  const seen: string[] = [];
  const looked = (what: string) => {
    assert.equal(isClosed, false);
    seen.push(what);
    return [];
  };
  const close = () => {
    isClosed = true;
  };
  const reader = { runs: () => looked("family"), close };
  const folds = { look: () => looked("run"), run: () => null, runs: () => [] };
  const told = Promise.withResolvers<object>();
  async function* events() {
    yield { kind: "begin" };
    yield await told.promise;
    yield { kind: "leaving", handsOver: true };
  }
  const options = {
    journal: { reader, folds },
    client: { events } as unknown as Client,
    next: async ({ isOver }: { isOver: () => boolean }) => (isOver() ? null : assert.fail("it is over")),
    give: async () => bad({ code: "E_HUMAN_ONLY", message: "" }),
  } as unknown as WatchingOptions;
  const watching = new Watching(options);
  watching.see(RUN);
  await watching.begin();
  const before = seen.length;
  told.resolve({ kind: "entries", root: RUN, run: RUN });
  await watching.close();
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.equal(seen.length, before);
});
