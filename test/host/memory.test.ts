import { hostSuite } from "../suites/host.suite.ts";
import { engineRig, type StoreSource } from "../support/engine-rig.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { rebuiltCommit } from "../support/rebuild.ts";

hostSuite("embedded engine, in memory", (workflows) => engineRig(inMemory(), workflows));

function inMemory(): StoreSource {
  const store = new MemoryStore();
  return {
    open: () => store,
    rebuild: (_, outputs) => store.replaceDerived(rebuiltCommit(store, outputs)),
    end: () => {},
  };
}
