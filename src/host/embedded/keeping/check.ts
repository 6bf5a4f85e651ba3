/** All that can be checked of a journal: chains and mark, the files of large outputs, the lists made from it. */
import type { Files } from "../../../port/files.ts";
import { connect } from "../database.ts";
import { problemOf } from "../faults.ts";
import { DATABASE_FILE } from "../guard.ts";
import type { Deciding } from "../load.ts";
import { Reads } from "../reads.ts";
import { type Verified, verifyJournal } from "../verify.ts";
import { compareModel } from "./compare.ts";
import { damagedOutputs, keptOutputs, type OutputDamage } from "./outputs-kept.ts";

export interface Checked extends Verified {
  readonly outputs: number;
  /** Of the files beside the journal, which no backup holds. */
  readonly damagedOutputs: readonly OutputDamage[];
}

export function checkJournal(folder: string, files: Files, deciding: Deciding): Checked {
  const verified = verifyJournal(folder, files);
  const damage = [...verified.damage];
  const outputDamage: OutputDamage[] = [];
  if (verified.tail.number === 0) return { ...verified, outputs: 0, damagedOutputs: [] };
  try {
    const database = connect(`${folder}/${DATABASE_FILE}`, { readOnly: true });
    try {
      database.exec("begin");
      outputDamage.push(...damagedOutputs(files, folder, new Reads(database)));
      // What is broken already would only be named again.
      if (verified.damage.length === 0) damage.push(...compareModel(new Reads(database), deciding));
    } finally {
      database.close();
    }
  } catch (thrown) {
    damage.push(problemOf(thrown, folder).message);
  }
  const outputs = keptOutputs(files, folder).length;
  return { ...verified, damage, outputs, damagedOutputs: outputDamage };
}
