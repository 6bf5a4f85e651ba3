/** What an agent that calls its task done must have left: the files that the task says it makes. */
import type { AttemptOutcome } from "../core/event.ts";
import { failure } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { filesOf } from "../work/inside.ts";

/** `artifacts` are globs relative to the workspace; each of them must be there, or the success is none. */
export function withEvidence(
  outcome: AttemptOutcome,
  artifacts: readonly string[],
  { files, workspace }: { readonly files: Files; readonly workspace: string },
): AttemptOutcome {
  if (outcome.status !== "success") return outcome;
  const missing = artifacts.filter((glob) => filesOf(files, workspace, glob).next().done);
  if (missing.length === 0) return outcome;
  const told = `it says that it is done, and no file is ${missing.join(", nor ")} (artifacts)`;
  return { ...outcome, status: "failed", failure: failure("claims_without_evidence", told) };
}
