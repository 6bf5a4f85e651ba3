/** What a person is told of a plan. */
import type { Json, JsonMap } from "../../core/json.ts";
import { thousands } from "../../core/thousands.ts";
import type { DeployRequest } from "./parameters.ts";
import type { Plan } from "./plan.ts";

const NAMES_MAX = 50;

export function planLine(plan: Plan, { target, rollbackTo }: DeployRequest, there: number): string {
  const uploads = plan.stages.flat().length;
  const verb = rollbackTo === null ? "to upload" : "to bring back";
  const where = `s3://${target.bucket}/${target.prefix}`;
  return `${where} has ${thousands(there)} files: ${thousands(uploads)} ${verb}, ${thousands(plan.unchanged.length)} unchanged, ${thousands(plan.deletions.length)} to delete`;
}

export function dryRunOutput(plan: Plan, digest: string, { environment, target }: DeployRequest): JsonMap {
  const uploads = plan.stages.flat();
  return {
    dry_run: true,
    plan_digest: digest,
    environment,
    bucket: target.bucket,
    prefix: target.prefix,
    url: target.url,
    would_upload: uploads.length,
    would_delete: plan.deletions.length,
    unchanged_files: plan.unchanged.length,
    bytes: uploads.reduce((sum, { size }) => sum + size, 0),
    uploads: named(uploads),
    deletions: named(plan.deletions),
  };
}

/** The first of them; how many there are stands beside. */
function named(files: readonly { readonly path: string }[]): Json {
  return files.slice(0, NAMES_MAX).map(({ path }) => path);
}
