import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "../../src/core/json.ts";
import type { Limits } from "../../src/core/limits.ts";
import { contentDriver } from "../../src/driver/content/content.ts";
import type { Outcome, Work } from "../../src/driver/driver.ts";
import { realClock } from "../../src/port/clock.ts";
import { type Files, realFiles } from "../../src/port/files.ts";
import { plainWork } from "./plain-work.ts";

/** The worker `content-edit` does one attempt. */
export async function doneByContentEdit(work: Work, files: Files = realFiles): Promise<Outcome> {
  const driver = contentDriver({ files, clock: realClock, umask: 0o022 });
  const steps = driver.run(work, new AbortController().signal);
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

/** So many edits of one file. */
function setOften(count: number): readonly JsonMap[] {
  return Array.from({ length: count }, () => ({ set: { a: 1 } }));
}

/** Why so many new data files could not be made, or null. */
async function contentEdited(order: JsonMap, count: number, limits: Limits): Promise<string | null> {
  const workspace = mkdtempSync(join(tmpdir(), "decapod-content-"));
  const files = Array.from({ length: count }, (_, at) => ({
    path: `data/${at}.yaml`,
    create: true,
    content: "",
    ...order,
  }));
  const place = { attempt: "r/t/1", workspace, folder: workspace, environment: {} };
  const { failure } = await doneByContentEdit(
    plainWork({ ...place, parameters: { files, dry_run: true }, limits }),
  );
  rmSync(workspace, { recursive: true });
  return failure?.message ?? null;
}

/** For the table of limits. */
export const CONTENT_PROOFS = {
  contentBytes: {
    most: 20,
    say: (size: number, limits: Limits) => contentEdited({ content: "x".repeat(size) }, 1, limits),
  },
  contentFiles: { most: 2, say: (count: number, limits: Limits) => contentEdited({}, count, limits) },
  contentEdits: {
    most: 3,
    say: (count: number, limits: Limits) => contentEdited({ edits: setOften(count) }, 1, limits),
  },
};
