/** What health says of worktrees: whether what runs made lies on this machine alone, since when, and why. */
import { join } from "node:path";
import { type PushRecord, readPushRecord, remoteOf } from "../arm/push-record.ts";
import { instant } from "../core/calendar.ts";
import { good, type Problem, type Result } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import { type OnlyHere, onlyHere, onlyHereOf } from "../git/only-here.ts";
import { pushable } from "../git/pushable.ts";
import { readUserSettings } from "../spec/user-folder.ts";
import { shownRemote } from "../spec/user-remotes.ts";
import type { Application } from "./application.ts";
import { type Check, well, wrong } from "./checks.ts";
import type { Keeping } from "./keeping.ts";
import { type RepositoryHere, repositoryHere } from "./repository-here.ts";
import { count } from "./text.ts";

const NAME = "worktrees";

/** Where no worktree was ever made there is nothing to say. */
export async function offMachine(application: Application, keeping: Keeping): Promise<readonly Check[]> {
  const { files, environment } = application;
  const here = repositoryHere(application, keeping.project);
  if (!files.exists(join(keeping.stateFolder, "git")) || !here.ok) return [];
  const user = readUserSettings(environment, keeping.project.root, files);
  const remote = user.ok ? remoteOf(user.value.push, keeping.project.root, files) : null;
  if (remote !== null) return [await pushed(application, keeping, here.value, remote)];
  const { git, repository } = here.value;
  const found = await onlyHere(git, repository.tree);
  if (!found.ok) return [refused(found.problems)];
  if (found.value === null) return [well(NAME, "what runs committed lies on a remote too")];
  const hint = "git push REMOTE BRANCH; or name a remote under push in your configuration";
  return [well(NAME, since(found.value), hint)];
}

/** By what was noted of pushes: the remote itself is not asked. */
async function pushed(
  { files }: Application,
  { stateFolder, backups }: Keeping,
  here: RepositoryHere,
  remote: string,
): Promise<Check> {
  const record = readPushRecord(files, backups, remote);
  const found = await lacking(here, files.realPath(stateFolder), record);
  if (!found.ok) return refused(found.problems);
  const shown = shownRemote(remote);
  if (found.value === null) return well(NAME, `what runs committed and saved lies at ${shown} too`);
  const { failed, held } = record;
  const staying =
    held[0] === undefined ? "" : `; ${count(held.length, "ref")} ${STAYS(held.length)} here: ${held[0].why}`;
  const why =
    failed === null ? "" : `; the last push to ${shown} of ${instant(failed.at)} failed: ${failed.why}`;
  const message = `${since(found.value)}${staying}${why}`;
  if (failed === null && held.length === 0) return well(NAME, message, "the next command takes it there");
  return wrong(NAME, message, "it is tried again while decapod runs, and when it next does");
}

async function lacking(
  { git, repository }: RepositoryHere,
  stateFolder: string,
  { there }: PushRecord,
): Promise<Result<OnlyHere | null>> {
  const refs = await pushable(git, repository.tree, stateFolder);
  if (!refs.ok) return refs;
  const open = refs.value.filter(({ name, commit }) => there[name] !== commit);
  if (open.length === 0) return good(null);
  const commits = open.map(({ commit }) => commit);
  return onlyHereOf(git, repository.tree, commits, Object.values(there));
}

const STAYS = (refs: number) => (refs === 1 ? "stays" : "stay");

function since({ commits, since: at }: OnlyHere): string {
  return `${count(commits, "commit")} of runs not off this machine since ${instant(at)}`;
}

function refused(problems: readonly Problem[]): Check {
  const message = problemsText(problems.map(({ code, message }) => ({ code, message })));
  return wrong(NAME, message, problems.flatMap(({ hint }) => hint ?? []).join("; "));
}
