/** Names for exactly what will happen: what was approved is that, and nothing else. */
import { canonical } from "../../core/json.ts";
import { sha256 } from "../../port/hash.ts";
import type { DeployRequest } from "./parameters.ts";
import { byPath } from "./plan.ts";

export interface Shown {
  readonly path: string;
  readonly sha256: string;
  readonly type: string;
  readonly cache: string;
}

/** Of the files as they shall be served. */
export function servedDigest(files: readonly Shown[]): string {
  const lines = [...files].sort(byPath).map((file) => [file.path, file.sha256, file.type, file.cache]);
  return sha256(JSON.stringify(lines));
}

/**
 * Commit, files, target and what is done to it. What lies in the bucket is not part of it: a deploy that was cut off
 * goes on under the approval that it has.
 */
export function planDigest(request: DeployRequest, tree: string): string {
  const { bucket, prefix, region, distribution, endpoint, url } = request.target;
  return sha256(
    canonical({
      tree,
      commit: request.commit,
      target: { bucket, prefix, region, distribution, endpoint, url },
      paths: request.paths,
      delete: request.delete,
      rollback_to: request.rollbackTo,
    }),
  );
}
