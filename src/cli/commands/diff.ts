/** decapod diff: what a run, or a task of it, changed in its worktrees. Read from git beside whoever does the run. */
import { EXIT } from "../../core/problem.ts";
import { type FileChange, filesChanged, patchOf, statOf, statText } from "../../git/diff.ts";
import type { Git } from "../../git/git.ts";
import { type Span, spanOfAttempt, spanOfRun } from "../../git/span.ts";
import type { Tree } from "../../git/tree.ts";
import type { RunRow } from "../../host/host.ts";
import { placeName } from "../../work/folder.ts";
import { terminalSink } from "../../work/terminal.ts";
import type { Project, Reader } from "../application.ts";
import { attemptsOf } from "../attempts.ts";
import { type Context, flagOption, hint, type Options, projectOf, readerOf } from "../context.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { itemOf, jsonText, taskOf } from "../json.ts";
import { placesOf } from "../logs/log-list.ts";
import { noTask } from "../no-task.ts";
import { clean } from "../print.ts";
import { refused, take, usage } from "../refusal.ts";
import { repositoryHere } from "../repository-here.ts";

const ATTEMPTS_MAX = 1_000_000;
/** A patch is printed whole, or not at all. */
const PATCH_BYTES_MAX = 64 * 1024 * 1024;

interface Repository {
  readonly git: Git;
  readonly tree: Tree;
}

interface Part extends Span {
  /** null: of the whole run. */
  readonly task: string | null;
  readonly attempt: number | null;
  readonly branch: string | null;
}

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const row = reader.run(id);
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(words[0] ?? "")}`);
  const attempt = numberOption(options, "attempt", { least: 1, most: ATTEMPTS_MAX });
  const [, task] = words;
  if (attempt !== null && task === undefined)
    throw usage("--attempt is about one task", `diff ${clean(words[0] ?? "")} TASK --attempt ${attempt}`);
  const repository = repositoryOf(context, project);
  const parts =
    task === undefined
      ? await partsOfRun(repository, row)
      : await partsOfTask(context, repository, { reader, row, task, attempt });
  if (parts.length === 0) throw nothingKnown(context, reader, row, task);
  await print(context, repository, parts, { id, isStat: flagOption(options, "stat") });
  return EXIT.done;
}

function repositoryOf({ application }: Context, project: Project): Repository {
  const { git, repository } = take(repositoryHere(application, project));
  return { git, tree: repository.tree };
}

/** Of a run inside another one: what it is part of, unless it has a branch of its own. */
async function partsOfRun({ git, tree }: Repository, { run, root }: RunRow): Promise<readonly Part[]> {
  for (const id of new Set([run, root])) {
    const span = take(await spanOfRun(git, tree, id));
    if (span !== null) return [{ ...span, task: null, attempt: null }];
  }
  return [];
}

interface TaskAsked {
  readonly reader: Reader;
  readonly row: RunRow;
  readonly task: string;
  readonly attempt: number | null;
}

/** The last attempt of each place of which anything is known. */
async function partsOfTask(
  context: Context,
  { git, tree }: Repository,
  { reader, row: run, task, attempt: asked }: TaskAsked,
): Promise<readonly Part[]> {
  const places = placesOf(reader, run, task);
  if (places.length === 0) {
    const known = placesOf(reader, run, null).map(({ label }) => label);
    throw noTask(context, task, { reader, row: run, known });
  }
  const parts: Part[] = [];
  for (const { label, row } of places) {
    const item = itemOf(row);
    const name = placeName({ task: taskOf(row), ...(item !== null && { item }) });
    const passes = attemptsOf(reader, row);
    for (let attempt = asked ?? row.attempts; attempt >= (asked ?? 1); attempt--) {
      // Of a group in a worktree the run that it was has what it changed.
      const child = passes.find((pass) => pass.attempt === attempt)?.child ?? "";
      const span =
        child === ""
          ? take(await spanOfAttempt(git, tree, { run: row.run, task: name, attempt }))
          : take(await spanOfRun(git, tree, child));
      if (span === null) continue;
      parts.push({ ...span, task: label, attempt, branch: null });
      break;
    }
  }
  return parts;
}

async function print(
  context: Context,
  { git, tree }: Repository,
  parts: readonly Part[],
  { id, isStat }: { readonly id: string; readonly isStat: boolean },
): Promise<void> {
  const { out, globals } = context;
  const documents: object[] = [];
  for (const part of parts) {
    const files = take(await filesChanged(git, tree, part.from, part.to));
    const patch = isStat ? null : take(await patchOf(git, tree, part.from, part.to));
    const { task, attempt, branch, state } = part;
    if (globals.json || globals.jsonl)
      documents.push({ task, attempt, branch, state, ...countsOf(files), files, patch });
    else printPart(context, part, files, patch, parts.length > 1);
  }
  if (globals.jsonl)
    for (const one of documents) out.line(JSON.stringify({ schemaVersion: 1, run: id, ...one }));
  else if (globals.json) out.line(jsonText({ schemaVersion: 1, diff: { run: id, parts: documents } }));
}

/** What agents wrote is shown, never obeyed. */
function printPart(
  context: Context,
  part: Part,
  files: readonly FileChange[],
  patch: string | null,
  isOneOfMany: boolean,
): void {
  const { out } = context;
  const saved = part.state === "saved" ? ", saved of work that has not succeeded" : "";
  const title = `${clean(part.task ?? part.branch ?? "")}${part.attempt === null ? "" : ` attempt ${part.attempt}`}${saved}`;
  if (isOneOfMany) out.line(out.paint("bold", title));
  else hint(context, title);
  if (patch === null) return printStat(context, files);
  const sink = terminalSink({ colours: false, bytesMax: PATCH_BYTES_MAX });
  out.output.write(sink.write(patch) + sink.end());
}

function countsOf(files: readonly FileChange[]) {
  const { added, removed } = statOf(files);
  return { added, removed };
}

function printStat({ out }: Context, files: readonly FileChange[]): void {
  for (const { path, added, removed } of files) {
    const lines = added === null ? "binary" : `+${added} −${removed ?? 0}`;
    out.line(`  ${clean(path)}  ${lines}`);
  }
  out.line(`  ${statText(statOf(files))}`);
}

function nothingKnown(context: Context, reader: Reader, row: RunRow, task: string | undefined) {
  const what = task === undefined ? "" : `task ${clean(task)} of `;
  const name = shortRun(reader, row.run);
  return refused(
    "E_NOT_FOUND",
    `${what}run ${name} has changed nothing in a worktree, or its branch is gone`,
    `what works in the project itself is seen with git diff; ${context.application.calledAs} show ${name}`,
  );
}
