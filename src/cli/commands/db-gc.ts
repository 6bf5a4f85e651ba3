/** decapod db gc: clears away what `retention` of decapod.yaml keeps no longer. */
import { join } from "node:path";
import { type Cleared, clearWorktrees } from "../../arm/left-worktrees.ts";
import { LIMITS, most } from "../../core/limits.ts";
import { EXIT } from "../../core/problem.ts";
import { wantedRuns } from "../../exchange/taskfile/wanted-runs.ts";
import { type Collected, type Collecting, collect, type Due } from "../../host/embedded/keeping/collect.ts";
import { bytesText } from "../../host/embedded/keeping/size.ts";
import { processIn } from "../../port/process-folders.ts";
import { allWorktrees } from "../../work/folder.ts";
import { type Context, flagOption, hint, type Options, readerOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { answer, type Keeping, keepingOf, noJournal } from "../keeping.ts";
import { clearedLines, losingLines, stayingLines } from "../left-lines.ts";
import { take } from "../refusal.ts";
import { repositoryHere } from "../repository-here.ts";
import { foldersOf } from "../taskfiles/here.ts";
import { count } from "../text.ts";

interface Asked {
  readonly dryRun: boolean;
  readonly isUnmergedToo: boolean;
}

const NOTHING: Cleared = {
  folders: [],
  branches: [],
  refs: 0,
  bytes: 0,
  staying: [],
  losing: [],
  held: new Set(),
  foreign: 0,
};

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const { files, clock, calledAs } = context.application;
  const keeping = keepingOf(context);
  const { project, stateFolder } = keeping;
  const asked = { dryRun: flagOption(options, "dryRun"), isUnmergedToo: flagOption(options, "unmerged") };
  const { dryRun, isUnmergedToo } = asked;
  const { retention } = project.config;
  const taskFolders = foldersOf(context, project);
  let cleared = NOTHING;
  const outside = async (due: Due) => {
    cleared = await clearedOf(context, keeping, due, asked);
    return cleared.held;
  };
  const wanted: Collecting["wanted"] = (runs) => wantedRuns(taskFolders, runs);
  const collected = take(await collect({ files, clock, stateFolder, retention, dryRun, outside, wanted }));
  if (collected === null) throw noJournal(context);
  const { folders, branches, refs, staying, losing, foreign } = cleared;
  const bytes = { ...collected.bytes, worktrees: cleared.bytes };
  const worktrees = { folders, branches, refs, staying, losing, foreign };
  answer(context, { dryRun, ...collected, bytes, worktrees }, [
    ...goneLines(collected, cleared, dryRun),
    ...stayingHere(context, keeping, cleared, dryRun),
  ]);
  if (dryRun && isAnything(collected, cleared))
    hint(context, `nothing was changed; to do it: ${calledAs} db gc${isUnmergedToo ? " --unmerged" : ""}`);
  return EXIT.done;
}

/** Where no worktree was ever made, or no repository is any more, git is not asked. */
async function clearedOf(
  { application }: Context,
  { project, stateFolder }: Keeping,
  due: Due,
  asked: Asked,
): Promise<Cleared> {
  const { files, clock } = application;
  const isAny = files.exists(join(stateFolder, "git")) || files.exists(allWorktrees(stateFolder));
  const here = repositoryHere(application, project);
  if (!isAny || !here.ok) return NOTHING;
  const { retention, limits } = project.config;
  return clearWorktrees({
    ...here.value,
    files,
    stateFolder,
    fileBytesMax: most(LIMITS.savedFileBytes, limits),
    processIn,
    due,
    retention,
    now: clock.wall(),
    ...asked,
  });
}

function isAnything({ runs, logs, outputs }: Collected, { folders, branches, refs }: Cleared): boolean {
  return runs.length + logs.length + outputs + folders.length + branches.length + refs > 0;
}

function stayingHere(
  context: Context,
  { project }: Keeping,
  cleared: Cleared,
  dryRun: boolean,
): readonly string[] {
  if (cleared.staying.length + cleared.losing.length + cleared.foreign === 0) return [];
  const reader = readerOf(context, project);
  const { calledAs } = context.application;
  const how = { shown: (run: string) => shortRun(reader, run), calledAs };
  return [...losingLines(cleared, { ...how, dryRun }), ...stayingLines(cleared, how)];
}

function goneLines(collected: Collected, cleared: Cleared, dryRun: boolean): readonly string[] {
  const { runs, logs, outputs, bytes } = collected;
  const total = bytes.journal + bytes.folders + bytes.logs + bytes.outputs + cleared.bytes;
  if (!isAnything(collected, cleared))
    return [cleared.staying.length > 0 ? "✓ nothing goes" : "✓ nothing is old enough to go"];
  const lines = [
    [
      runs.length,
      `${count(runs.length, "run")} with all that belongs to ${runs.length === 1 ? "it" : "them"}`,
      bytes.journal + bytes.folders,
    ],
    [logs.length, `the logs of ${count(logs.length, "run")}`, bytes.logs],
    [outputs, `${count(outputs, "output")} that nothing speaks of`, bytes.outputs],
  ] as const;
  return [
    `${dryRun ? "would go" : "✓ gone"}: ${bytesText(total)}`,
    ...lines.flatMap(([number, text, size]) => (number === 0 ? [] : [`  ${text}: ${bytesText(size)}`])),
    ...clearedLines(cleared),
  ];
}
