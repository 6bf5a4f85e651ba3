/** Which of the runs that stand open in the journal somebody works on. */
import type { RunRow } from "../host/host.ts";
import type { Application, Project, Reader } from "./application.ts";

export type WorkedOn = (row: RunRow) => boolean;

/**
 * An owner works on what it began or took up; what stands open beside that is interrupted. Only the owner knows which is
 * which: one that does not answer is taken to work on all.
 */
export async function workedOn(
  application: Application,
  project: Project,
  { reader, rows }: { readonly reader: Reader; readonly rows: readonly RunRow[] },
): Promise<WorkedOn> {
  if (rows.every(({ endedAt }) => endedAt !== null) || !reader.owned) return () => false;
  const owner = await application.connect(project);
  if (!owner.ok) return () => true;
  const runs = new Set(owner.value?.shown.runs);
  // What is not among them may have ended since its row was read.
  return ({ run, root }) => runs.has(root) || reader.run(run)?.endedAt !== null;
}

/** The same for glances that must not wait for an owner: one that lives is taken to work on all. */
export function anyWorkedOn(reader: Reader): WorkedOn {
  let owned: boolean | null = null;
  return () => {
    owned ??= reader.owned;
    return owned;
  };
}
