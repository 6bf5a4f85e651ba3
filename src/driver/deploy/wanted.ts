/** What shall be served, and where each file comes from: the folder here, or the copies of a release before. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { present } from "../../core/invariant.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";
import type { Files } from "../../port/files.ts";
import { planDigest, servedDigest } from "./digest.ts";
import { headersFor } from "./headers.ts";
import type { DeployRequest } from "./parameters.ts";
import { type Entry, servedAs, type Wanted } from "./plan.ts";
import { copyKey, type Release } from "./release.ts";
import { type Bucket, knownOf, releaseNamed, releasesOf } from "./remote.ts";
import type { Store } from "./store.ts";
import { type LocalFile, PART_BYTES, readTree } from "./tree.ts";

export interface Site {
  readonly files: readonly Wanted[];
  /** Names exactly what is deployed, and where. */
  readonly digest: string;
  /** Puts one of the files where it belongs; gives its etag. */
  readonly place: (file: Wanted, store: Store, prefix: string) => Promise<string>;
  /** The release that is brought back. */
  readonly rollbackOf: string | null;
  /** sha256 of the front page, where it is known. */
  readonly front: string | null;
}

export interface Here {
  readonly workspace: string;
  readonly files: Files;
  readonly secrets: Readonly<Record<string, string>>;
}

export function siteHere(request: DeployRequest, { workspace, files, secrets }: Here): Result<Site> {
  const { exclude, target } = request;
  const folder = resolve(workspace, request.source);
  if (isOutside(folder, workspace, files))
    return bad({ code: "E_OUTSIDE_ROOT", message: `${request.source} leads out of the workspace` });
  const tree = readTree(folder, files, { exclude, allow: target.allow, secrets });
  if (!tree.ok) return tree;
  const served = headersFor(request);
  const shown = tree.value.map((file) => ({ ...file, ...served(file.path) }));
  const here = new Map(shown.map((file) => [file.path, file]));
  return good({
    files: shown.map(({ path, size, etag, type, cache }) => ({ path, size, etag, type, cache })),
    digest: planDigest(request, servedDigest(shown)),
    place: (file, store, prefix) =>
      upload(file, present(here.get(file.path), "what is wanted was read"), { files, store, prefix }),
    rollbackOf: null,
    front: shown.find(({ path }) => path === "index.html")?.sha256 ?? null,
  });
}

/** Also by way of a link. What is not there is told by whoever reads it. */
function isOutside(folder: string, workspace: string, files: Files): boolean {
  if (files.statTarget(folder) === null) return false;
  const root = files.realPath(workspace);
  return !`${files.realPath(folder)}/`.startsWith(root.endsWith("/") ? root : `${root}/`);
}

/** Only what was looked through and approved: a file that is another by now is not sent. */
async function upload(
  file: Wanted,
  { from, parts: md5s }: Pick<LocalFile, "from" | "parts">,
  { files, store, prefix }: { readonly files: Files; readonly store: Store; readonly prefix: string },
): Promise<string> {
  const parts = md5s.map((md5, index) => () => {
    const open = files.open(from, "read");
    try {
      const bytes = open.read(index * PART_BYTES, PART_BYTES);
      if (createHash("md5").update(bytes).digest("hex") === md5) return bytes;
      throw Object.assign(new Error(file.path), { name: "BadDigest" });
    } finally {
      open.close();
    }
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return store.put(prefix + file.path, only(), file);
  return store.putParts(prefix + file.path, parts, file);
}

/** The site as it was with a release before. */
export async function siteBefore(
  request: DeployRequest,
  store: Store,
  bucket: Bucket,
): Promise<Result<Site>> {
  const found = await releaseBefore(request.rollbackTo ?? "", store, bucket);
  if (!found.ok) return found;
  const release = found.value;
  const known = knownOf(bucket);
  const now = new Map(bucket.site.map((one) => [one.path, servedAs(one, known)]));
  const missing = [...release.entries].filter(
    ([path, entry]) => !isServed(entry, now.get(path)) && !bucket.own.has(copyKey(path, entry)),
  );
  const [first] = missing;
  if (first !== undefined)
    return bad({
      code: "E_NOT_FOUND",
      message: `release ${release.release} cannot be brought back: ${thousands(missing.length)} of its files are kept no longer, ${first[0]} for one`,
      hint: "keep_releases says how many are kept",
    });
  const files = [...release.entries].map(([path, entry]) => ({ ...entry, path, etag: entry.content }));
  const tree = servedDigest(
    files.map((file) => ({ ...file, sha256: file.etag, type: file.type ?? "", cache: file.cache ?? "" })),
  );
  return good({
    files,
    digest: planDigest({ ...request, rollbackTo: release.release, commit: release.commit }, tree),
    place: ({ path }, to, prefix) =>
      to.copy(prefix + copyKey(path, release.entries.get(path) as Entry), prefix + path),
    rollbackOf: release.release,
    front: null,
  });
}

function isServed(entry: Entry, now: Entry | undefined): boolean {
  return (
    now !== undefined && now.content === entry.content && now.type === entry.type && now.cache === entry.cache
  );
}

async function releaseBefore(asked: string, store: Store, bucket: Bucket): Promise<Result<Release>> {
  const name = asked === "previous" ? previousOf(bucket) : asked;
  const release = name === null ? null : await releaseNamed(store, bucket, name);
  if (release !== null) return good(release);
  const kept = releasesOf(bucket).filter((one) => one !== bucket.current?.release);
  return bad({
    code: "E_NOT_FOUND",
    message: name === null ? "there is no release before this one" : `release ${name} is not kept`,
    hint: kept.length === 0 ? "nothing is kept here" : `kept: ${kept.slice(0, 5).join(", ")}`,
  });
}

/** One that was cut off is gone back from too; a way back that has not ended goes on, also when only its page is left. */
function previousOf({ current, pending }: Bucket): string | null {
  if (pending?.rollbackOf != null) return pending.rollbackOf;
  if (pending === null || pending.release === current?.release) return current?.previous ?? null;
  return current?.release ?? null;
}
