/** What a person is shown of the work itself before they decide: a file, or what has changed. */
import { relative, resolve } from "node:path";
import type { ShowAsked, Shown } from "../core/measured.ts";
import type { Result } from "../core/problem.ts";
import { thousands } from "../core/thousands.ts";
import type { Home } from "../core/workspace-words.ts";
import { patchOf, sizeAt } from "../git/diff.ts";
import type { Git } from "../git/git.ts";
import { startRef } from "../git/names.ts";
import { type Repository, refAt } from "../git/repository.ts";
import type { Files } from "../port/files.ts";
import { isOutside, isReallyInside } from "../work/inside.ts";
import { redactText, secretForms } from "../work/redact.ts";

const SHOWN_BYTES_MAX = 32 * 1024;
const SHOWN_FILE_BYTES_MAX = 1024 * 1024;
/** Within as many as git itself looks at. */
const BINARY_SEEN_IN = 8_000;
const SIZES_TOLD_MAX = 50;

export interface ShowPorts {
  readonly files: Files;
  readonly git: Git;
  readonly redacted: Readonly<Record<string, string>>;
}

export interface ShownPlace {
  readonly folder: string;
  readonly home: Home;
  /** null: there is none, or it has no commit. */
  readonly repository: Repository | null;
  /** The tree of all that lies there, committed or not. */
  readonly content: (repository: Repository) => Promise<Result<string>>;
  /** Why something is not shown. */
  readonly notes: string[];
}

/** null: it is told in the notes why not. */
export async function shownWork(show: ShowAsked, place: ShownPlace, ports: ShowPorts): Promise<Shown | null> {
  const text = "file" in show ? await fileText(show.file, place, ports) : await difference(place, ports);
  if (text === null) return null;
  const bytes = Buffer.from(redactText(text, secretForms(ports.redacted)), "utf8");
  const kept = bytes.subarray(0, SHOWN_BYTES_MAX).toString("utf8");
  const left =
    bytes.length > SHOWN_BYTES_MAX ? bytes.subarray(SHOWN_BYTES_MAX).toString("utf8").split("\n").length : 0;
  return { of: "file" in show ? show.file : "the difference", text: kept, linesLeft: left };
}

async function fileText(path: string, place: ShownPlace, ports: ShowPorts): Promise<string | null> {
  const { folder, notes } = place;
  const { files } = ports;
  const full = resolve(folder, path);
  if (isOutside(folder, full) || !isReallyInside(files, folder, full)) {
    notes.push(`${path} lies outside of where the task works`);
    return null;
  }
  const stat = files.stat(full);
  if (stat?.kind === "file") {
    if (isBinary(files, full))
      return binaryText(await sizeBefore(relative(folder, full), place, ports), stat.size);
    if (stat.size <= SHOWN_FILE_BYTES_MAX) return files.readText(full);
  }
  const why =
    stat === null ? "is not there" : stat.kind === "file" ? "is too large to be shown" : "is no file";
  notes.push(`${path} ${why}`);
  return null;
}

/** As git sees it. */
function isBinary(files: Files, path: string): boolean {
  const file = files.open(path, "read");
  try {
    return file.read(0, BINARY_SEEN_IN).includes(0);
  } finally {
    file.close();
  }
}

async function sizeBefore(path: string, place: ShownPlace, { git }: ShowPorts): Promise<number | null> {
  const { repository } = place;
  if (repository === null) return null;
  const from = await beginning(repository, place, git);
  const { prefix, tree } = repository;
  return sizeAt(git, tree, from, prefix === "" ? path : `${prefix}/${path}`);
}

/** Of a run with a worktree where it began, else what was committed last. */
async function beginning({ tree }: Repository, { home }: ShownPlace, git: Git): Promise<string> {
  if (home.workspace.mode !== "worktree") return "HEAD";
  const start = await refAt(git, tree, startRef({ run: home.run, task: null, attempt: 0 }));
  return (start.ok ? start.value : null) ?? "HEAD";
}

async function difference(place: ShownPlace, { git }: ShowPorts): Promise<string | null> {
  const { repository, notes } = place;
  if (repository === null) return null;
  const from = await beginning(repository, place, git);
  const to = await place.content(repository);
  const patch = to.ok ? await patchOf(git, repository.tree, from, to.value) : to;
  if (!patch.ok || !to.ok) {
    notes.push(`the difference cannot be shown: ${patch.ok ? "" : patch.problems[0]?.message}`);
    return null;
  }
  return withSizes(patch.value, async (before, after) =>
    binaryText(
      before === null ? null : await sizeAt(git, repository.tree, from, before),
      after === null ? null : await sizeAt(git, repository.tree, to.value, after),
    ),
  );
}

/** Every line of a text in a patch begins with a sign, so none of them looks like this. */
const BINARY = /^Binary files (?:\/dev\/null|a\/(.+)) and (?:\/dev\/null|b\/(.+)) differ$/;

async function withSizes(
  patch: string,
  told: (before: string | null, after: string | null) => Promise<string>,
): Promise<string> {
  const lines = patch.split("\n");
  let left = SIZES_TOLD_MAX;
  for (const [at, line] of lines.entries()) {
    const found = BINARY.exec(line);
    if (found === null) continue;
    if (left === 0) break;
    left -= 1;
    lines[at] = await told(found[1] ?? null, found[2] ?? null);
  }
  return lines.join("\n");
}

/** `binary, 70 → 1,024 bytes`; a size that is not known, or of what is not there, is left out. */
function binaryText(before: number | null, after: number | null): string {
  if (after === null) return before === null ? "binary" : `binary, was ${thousands(before)} bytes`;
  if (before === null || before === after) return `binary, ${thousands(after)} bytes`;
  return `binary, ${thousands(before)} → ${thousands(after)} bytes`;
}
