/** decapod health: this project: its journal, who runs it, what is open, who must act, how much there is. */
import { instant } from "../../core/calendar.ts";
import { exitOf } from "../../core/codes.ts";
import { LIMITS, most as mostOf } from "../../core/limits.ts";
import { EXIT } from "../../core/problem.ts";
import { backupsIn } from "../../host/embedded/backup.ts";
import { bytesText, LARGE_STATE_BYTES, sizeOf } from "../../host/embedded/keeping/size.ts";
import { ownerLives, readOwner } from "../../host/embedded/owner.ts";
import { type JournalReader, openReader } from "../../host/embedded/reader.ts";
import { readMark } from "../../host/embedded/sidecar.ts";
import { MEMORY_FILE, memoryOf } from "../../work/memory.ts";
import { type Check, checked, checkedLater, putRight, report, well, wrong } from "../checks.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import { copyAway } from "../copy-away.ts";
import { openDecisions } from "../deciding/open-decisions.ts";
import { type Keeping, keepingOf } from "../keeping.ts";
import { decideCommand } from "../next-command.ts";
import { offMachine } from "../off-machine.ts";
import { room } from "../state-folder.ts";
import { heldBack } from "../taskfiles/held-back.ts";
import { count } from "../text.ts";
import { workedOn } from "../worked-on.ts";
import { knownWorkers, stateOf, usesOf } from "../workers.ts";

const RUNS_MAX = 1000;

export async function action(context: Context, _: readonly string[], options: Options): Promise<number> {
  const before = await look(context);
  const isMended = flagOption(options, "fix") && (await putRight(context, before.checks));
  const { checks, isDamaged } = isMended ? await look(context) : before;
  return report(context, checks, isDamaged ? EXIT.integrity : EXIT.environment);
}

interface Looked {
  readonly checks: readonly Check[];
  /** The journal. */
  readonly isDamaged: boolean;
}

async function look(context: Context): Promise<Looked> {
  const { files } = context.application;
  const keeping = keepingOf(context);
  const opened = openReader(keeping.stateFolder, files, { backups: keeping.backups });
  const reader = opened.ok ? opened.value : null;
  try {
    const [problem] = opened.ok ? (reader?.damage ? [reader.damage] : []) : opened.problems;
    const journal =
      problem === undefined
        ? whole(context, keeping, reader)
        : wrong("journal", problem.message, problem.hint ?? "");
    const checks = [
      journal,
      checked("owner", () => owner(context, keeping)),
      ...(reader === null ? [] : await runChecks(context, keeping, reader)),
      ...(await checkedLater("task files", () => taskFiles(context, keeping))),
      checked("workers", () => workers(context, keeping, reader)),
      checked("backup", () => backup(context, keeping, problem === undefined && reader !== null)),
      ...(await checkedLater("worktrees", () => offMachine(context.application, keeping))),
      checked("state", () => state(context, keeping)),
      checked("memory", () => memory(context, keeping)),
      checked("disk", () => room(context.application, [keeping.stateFolder, keeping.backups])),
    ];
    return { checks, isDamaged: problem !== undefined && exitOf(problem.code) === EXIT.integrity };
  } finally {
    reader?.close();
  }
}

/** What every agent is given first: beyond its limit it would fill their context, so they are only told of it. */
function memory({ application }: Context, { project }: Keeping): Check {
  const { limits } = project.config;
  const found = memoryOf(application.files, project.root, limits);
  if (found === null) return well("memory", `no ${MEMORY_FILE}; agents are given their task alone`);
  const size = `${MEMORY_FILE} has ${count(found.lines, "line")}, ${bytesText(found.bytes)}`;
  if (found.text !== null) return well("memory", `${size}; it stands in each brief`);
  const most = `${mostOf(LIMITS.memoryLines, limits)} lines and ${bytesText(mostOf(LIMITS.memoryBytes, limits))}`;
  return wrong("memory", `${size}: agents are told to read it instead`, `keep it within ${most}`);
}

function whole({ application }: Context, { stateFolder }: Keeping, reader: JournalReader | null): Check {
  if (reader === null) return well("journal", "none yet");
  const isUnmarked = readMark(application.files, stateFolder) === "missing";
  const told = isUnmarked
    ? "opens, but its high-water mark is missing: the next run makes it anew"
    : "opens, its mark and last commit agree";
  const runs = count(reader.everyRunCount(), "run");
  return well("journal", `${told}; ${runs}; decapod db check reads all of it`);
}

/** The arm of this machine lives in the owner's process. */
function owner({ application }: Context, { stateFolder, project }: Keeping): Check {
  const { files } = application;
  const record = readOwner(files, stateFolder);
  if (record === null || !ownerLives(record, files)) return well("owner", "nobody; the next run becomes it");
  const since = instant(record.since);
  return well(
    "owner",
    `process ${record.pid} since ${since}, with an arm of ${count(project.config.slots, "slot")} or as it was started`,
  );
}

async function runChecks(
  { application }: Context,
  { project }: Keeping,
  reader: JournalReader,
): Promise<readonly Check[]> {
  return [
    ...(await checkedLater("runs", async () => {
      const open = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
      if (open.length === 0) return [well("runs", "none is open")];
      const isWorkedOn = await workedOn(application, project, { reader, rows: open });
      const paused = open.filter(({ status }) => status === "paused");
      const left = open.filter((row) => !paused.includes(row) && !isWorkedOn(row)).length;
      const ofThem = paused.length === 0 ? "" : `, ${paused.length} of them paused`;
      if (left === 0) return [well("runs", `${count(open.length, "run")} open${ofThem}`)];
      const message = `${count(left, "run")} interrupted: no process goes on with ${left === 1 ? "it" : "them"}`;
      return [wrong("runs", message, `${application.calledAs} resume`)];
    })),
    checked("questions", () => {
      const open = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
      const waiting = open.flatMap((row) => openDecisions(reader, row));
      if (waiting.length === 0) return well("questions", "none waits for you");
      return well(
        "questions",
        `${count(waiting.length, "decision")} waits for you`.replace(/s waits/, "s wait"),
        decideCommand(application.calledAs, waiting),
      );
    }),
  ];
}

/** Where none waits for a person there is nothing to say. */
async function taskFiles(context: Context, { project }: Keeping): Promise<readonly Check[]> {
  const read = context.application.read(project);
  if (!read.ok || read.value === null) return [];
  const waiting = await heldBack(context, project, read.value);
  read.value.close();
  if (waiting === 0) return [];
  const message = `${count(waiting, "task file")} of agents in tasks/pending until you let them through (E_TASK_QUOTA)`;
  return [well("task files", message, `${context.application.calledAs} task list`)];
}

/** What is built in and cannot be done here is said, and no trouble: not every project has a site. */
function workers({ application }: Context, { project }: Keeping, reader: JournalReader | null): Check {
  const known = knownWorkers(application, project);
  const uses = usesOf(
    reader,
    known.map(({ name }) => name),
  );
  const told = known.map((one) => `${one.name} ${stateOf(one, uses.get(one.name))}`).join("; ");
  const isWrong = known.some(
    ({ from, problems, missing }) => from === "project" && problems.length + missing.length > 0,
  );
  if (!isWrong) return well("workers", told);
  return wrong("workers", told, `${application.calledAs} worker check`);
}

function backup(context: Context, keeping: Keeping, canBeMade: boolean): Check {
  const { backups } = keeping;
  const copies = backupsIn(context.application.files, backups);
  const [newest] = copies;
  if (newest === undefined) {
    const none = well("backup", "none yet: one is made when a run closes");
    if (!canBeMade) return none;
    return { ...none, fix: async () => `✓ backed up: ${(await copyAway(context, keeping, null)).file}` };
  }
  return well(
    "backup",
    `${count(copies.length, "copy").replace("copys", "copies")} in ${backups}, the newest of ${instant(newest.at)}`,
  );
}

function state({ application }: Context, { stateFolder }: Keeping): Check {
  const bytes = sizeOf(application.files, stateFolder);
  const message = `${bytesText(bytes)} in ${stateFolder}`;
  if (bytes < LARGE_STATE_BYTES) return well("state", message);
  return wrong("state", message, `${application.calledAs} db gc --dry-run says what may go`);
}
