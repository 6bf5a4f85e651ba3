import type { Files } from "../port/files.ts";
import { allWorktrees } from "../work/folder.ts";

/** The project's own git shall not list what lies in worktrees. */
export function keepOutOfGit({
  files,
  stateFolder,
}: {
  readonly files: Files;
  readonly stateFolder: string;
}): void {
  const folder = allWorktrees(stateFolder);
  const ignore = `${folder}/.gitignore`;
  if (files.exists(ignore)) return;
  files.makeFolder(folder);
  files.writeAtomic(ignore, "*\n");
}
