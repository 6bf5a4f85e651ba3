/** Takes what runs made to where the person wants it (F59). A run never waits for it and never fails of it. */
import { join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import { push, STOPPED, type Wanted } from "../git/away.ts";
import { Git } from "../git/git.ts";
import type { LeftRef } from "../git/left-refs.ts";
import { type Held, pushable, withoutSecrets } from "../git/pushable.ts";
import { findRepository, type Repository } from "../git/repository.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { realProcessTable } from "../port/process-table.ts";
import { realRandom } from "../port/random.ts";
import { realSpawn } from "../port/spawn.ts";
import { redactText, secretForms } from "../work/redact.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import { PushLoop, type Went } from "./push-loop.ts";
import { type PushRecord, readPushRecord, remoteOf, writePushRecord } from "./push-record.ts";

export interface PushingOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly git: Git;
  readonly repository: Repository;
  readonly stateFolder: string;
  /** Outside of the project: what is known of pushes, and where git stands for one. */
  readonly folder: string;
  readonly remote: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this process: another one may be ending its own push. */
  readonly name: string;
}

/** null: the person wants nothing of this project pushed, or there is nothing it could be pushed from. */
export function pushingHere(options: LocalEngineOptions): PushLoop | null {
  const { files, clock, stateFolder, project, environment, user, backups } = options;
  const remote = remoteOf(user.push, project.root, files);
  const repository = findRepository(files, project.root);
  if (remote === null || backups === undefined || !repository.ok) return null;
  const untrusted = [project.root, repository.value.tree.root];
  const git = new Git({
    files,
    clock,
    path: environment.PATH ?? "",
    untrusted,
    folder: join(stateFolder, "git"),
  });
  const parts = { files, clock, git, repository: repository.value, stateFolder, remote, environment };
  const pushing = { ...parts, folder: backups, name: `${PLACE}${process.pid}` };
  clearLeft(files, backups);
  const loop = new PushLoop({ clock, random: realRandom, push: (signal) => pushNow(pushing, signal) });
  // What an earlier engine could not take there.
  loop.soon();
  return loop;
}

/** Where git stands for a push, by process. */
const PLACE = "push-";

/** Of engines that were killed in the middle of one: the person's token may lie there, and nobody waits for that git. */
function clearLeft(files: Files, folder: string): void {
  const left = files.list(folder).flatMap(({ name }) => {
    const [, pid] = /^push-(\d+)$/.exec(name) ?? [];
    return pid === undefined || realSpawn.signal(Number(pid), 0) ? [] : [join(folder, name)];
  });
  if (left.length === 0) return;
  for (const pid of realProcessTable.pids()) {
    const place = realProcessTable.variable(pid, "GIT_DIR");
    const group = place !== null && left.includes(place) ? realProcessTable.row(pid)?.group : undefined;
    if (group !== undefined) realSpawn.signal(-group, "SIGKILL");
  }
  for (const place of left) files.removeTree(place);
}

/** What the remote has not taken yet. What came of it stands in the record. */
export async function pushNow(options: PushingOptions, signal: AbortSignal): Promise<Went> {
  const { files, folder, remote, clock } = options;
  const before = readPushRecord(files, folder, remote);
  const missed = await missing(options, before);
  if (!missed.ok) {
    const failed = { at: clock.wall(), why: problemsText(missed.problems) };
    writePushRecord(files, folder, remote, { ...before, failed });
    return "unreached";
  }
  const { open, known } = missed.value;
  if (open.length === 0 && before.failed === null) return "all";
  const pushed = await inParts(options, missed.value, signal);
  const taken = Object.fromEntries(pushed.taken.map(({ name, commit }) => [name, commit]));
  writePushRecord(files, folder, remote, {
    there: { ...known.there, ...taken },
    held: [...known.held, ...pushed.held],
    failed: pushed.why === null ? null : { at: clock.wall(), why: told(options, pushed.why) },
  });
  return pushed.went;
}

interface Missing {
  readonly all: readonly LeftRef[];
  /** Of these neither is known: that it is there, and that it stays here. */
  readonly open: readonly LeftRef[];
  /** Of what still exists here. */
  readonly known: Pick<PushRecord, "there" | "held">;
}

async function missing(options: PushingOptions, { there, held }: PushRecord): Promise<Result<Missing>> {
  const { git, repository, files, stateFolder } = options;
  const all = await pushable(git, repository.tree, files.realPath(stateFolder));
  if (!all.ok) return all;
  const commits = new Map(all.value.map(({ name, commit }) => [name, commit]));
  const staying = held.filter(({ name, commit }) => commits.get(name) === commit);
  const isStaying = new Set(staying.map(({ name }) => name));
  return good({
    all: all.value,
    open: all.value.filter(({ name, commit }) => there[name] !== commit && !isStaying.has(name)),
    known: {
      there: Object.fromEntries(Object.entries(there).filter(([name]) => commits.has(name))),
      held: staying,
    },
  });
}

/** So many refs fit into one call. */
const PART = 200;

async function inParts(options: PushingOptions, { open, all }: Missing, signal: AbortSignal) {
  const { git, files, repository, remote: address, environment, folder, name } = options;
  const { tree } = repository;
  const taken: Wanted[] = [];
  const held: Held[] = [];
  let refused: string | null = null;
  const unreached = (why: string) => ({ taken, held, why, went: "unreached" as const });
  for (let from = 0; from < open.length; from += PART) {
    const checked = await withoutSecrets(git, tree, open.slice(from, from + PART), { all, signal });
    if (!checked.ok) return unreached(problemsText(checked.problems));
    held.push(...checked.value.held);
    const away = { address, environment, folder: join(folder, name) };
    if (signal.aborted) return unreached(STOPPED);
    if (checked.value.free.length === 0) continue;
    const pushed = await push({ git, files, tree }, checked.value.free, away, signal);
    if (!pushed.ok) return unreached(problemsText(pushed.problems));
    if (pushed.value.trouble !== null) return unreached(pushed.value.trouble);
    taken.push(...pushed.value.taken);
    refused ??= refusedText(pushed.value.refused);
  }
  return { taken, held, why: refused, went: refused === null ? ("all" as const) : ("refused" as const) };
}

/** `decapod/ab3d7k2m is refused: fetch first (and 3 more)`. */
function refusedText(refused: readonly { readonly name: string; readonly why: string }[]): string | null {
  const first = refused.find(({ name }) => name.startsWith("refs/heads/")) ?? refused[0];
  if (first === undefined) return null;
  const more = refused.length === 1 ? "" : ` (and ${refused.length - 1} more)`;
  return `${first.name.replace(/^refs\/heads\//, "")} is refused: ${first.why}${more}`;
}

/** A remote may say anything, also who came. */
function told({ remote }: PushingOptions, text: string): string {
  const [, user = "", password = ""] = /^[a-z]+:\/\/([^/@:]*):?([^/@]*)@/.exec(remote) ?? [];
  const secrets = [password === "" ? user : password].filter((one) => one !== "" && one !== "git");
  const spelt = secrets.flatMap((one) => [one, plain(one)]);
  return redactText(text, secretForms(Object.fromEntries(spelt.map((one, index) => [`push${index}`, one]))));
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
