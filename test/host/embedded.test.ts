import type { Journal } from "../../src/host/embedded/journal.ts";
import { hostSuite } from "../suites/host.suite.ts";
import { engineRig, type StoreSource } from "../support/engine-rig.ts";
import { JournalFolders, journalAt } from "../support/journal-source.ts";
import { rebuiltCommit } from "../support/rebuild.ts";

hostSuite("embedded engine over its journal", (workflows) => engineRig(onDisk(), workflows));

function onDisk(): StoreSource {
  const folders = new JournalFolders();
  let journal: Journal | undefined;
  return {
    open: (clock) => {
      // Tests in which months pass would look a million times.
      journal = journalAt(folders.next(), clock, "fast", { lookMs: 3_600_000 });
      return journal;
    },
    rebuild: (store, outputs) => journal?.replaceDerived(rebuiltCommit(store, outputs)),
    end: () => folders.remove(),
  };
}
