/** The repository that a project lies in, and git for looking at it. */
import { join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import { Git } from "../git/git.ts";
import { findRepository, type Repository } from "../git/repository.ts";
import type { Application, Project } from "./application.ts";

export interface RepositoryHere {
  readonly git: Git;
  readonly repository: Repository;
}

/** `folder`: where git finds its empty folders; that of the project, without another one. */
export function repositoryHere(
  { files, clock, environment }: Application,
  { root, stateFolder }: Project,
  folder = join(stateFolder, "git"),
): Result<RepositoryHere> {
  const found = findRepository(files, root);
  if (!found.ok) return found;
  const untrusted = [root, found.value.tree.root];
  const git = new Git({ files, clock, path: environment.PATH ?? "", untrusted, folder });
  return good({ git, repository: found.value });
}
