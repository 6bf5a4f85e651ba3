/** The keeper of this process, with a journal of its own to read. */
import { must } from "../../core/invariant.ts";
import type { Limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { JournalFault } from "../../host/embedded/fault.ts";
import { openReader } from "../../host/embedded/reader.ts";
import { type Clock, machineOffsetMs } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { Outputs } from "../../work/outputs.ts";
import { type KeeperReader, TaskKeeper } from "./keeper.ts";
import { TaskFolders } from "./task-folders.ts";

export interface KeeperPlaces {
  readonly files: Files;
  readonly clock: Clock;
  readonly root: string;
  readonly umask: number;
  readonly stateFolder: string;
  readonly limits: Limits;
}

export function keeperHere(
  { files, root, umask, stateFolder, limits }: KeeperPlaces,
  tell: (problem: Problem) => void,
): { readonly keeper: TaskKeeper; close(): void } {
  let open: (KeeperReader & { close(): void }) | null = null;
  const reader = () => {
    if (open !== null) return open;
    const read = openReader(stateFolder, files);
    if (!read.ok) throw unreadable(read.problems);
    open = read.value;
    return open;
  };
  const outputs = new Outputs(files, stateFolder);
  const keeper = new TaskKeeper({
    folders: new TaskFolders(files, { root, umask }),
    stateFolder,
    reader,
    offset: machineOffsetMs,
    output: (digest) => outputs.output(digest),
    limits,
    tell,
  });
  return { keeper, close: () => open?.close() };
}

function unreadable([problem]: readonly Problem[]): JournalFault {
  must(problem !== undefined, "a refusal says why");
  return new JournalFault(problem);
}
