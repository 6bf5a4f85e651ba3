/** What a bucket says of itself: the site, and what earlier deploys wrote down beside it. */
import type { Entry, Known, Remote } from "./plan.ts";
import { CURRENT, OWN, PENDING, RELEASES, type Release, readRelease, releaseKey } from "./release.ts";
import type { Listed, Store } from "./store.ts";

export interface Bucket {
  /** Keys begin with it. */
  readonly prefix: string;
  readonly site: readonly Remote[];
  /** Own objects, by key below the prefix. */
  readonly own: ReadonlyMap<string, Listed>;
  readonly current: Release | null;
  readonly pending: Release | null;
}

export async function readBucket(store: Store, prefix: string): Promise<Bucket> {
  const site: Remote[] = [];
  const own = new Map<string, Listed>();
  for (const one of await store.list(prefix)) {
    const path = one.key.slice(prefix.length);
    if (path.startsWith(OWN)) own.set(path, one);
    // A folder made by hand is no page.
    else if (path !== "" && !path.endsWith("/")) site.push({ ...one, path });
  }
  const release = async (path: string) =>
    own.has(path) ? readRelease(await store.read(prefix + path)) : null;
  const [current, pending] = await Promise.all([release(CURRENT), release(PENDING)]);
  return { prefix, site, own, current, pending };
}

export function knownOf({ current, pending, own }: Bucket): Known {
  const entries = current?.entries ?? new Map<string, Entry>();
  if (pending === null) return { current: entries, pending: null };
  const modifiedMs = own.get(PENDING)?.modifiedMs ?? 0;
  return { current: entries, pending: { ...pending, done: new Set(pending.done), modifiedMs } };
}

/** Newest first. */
export function releasesOf({ own }: Bucket): readonly string[] {
  return [...own.keys()]
    .filter((path) => path.startsWith(RELEASES))
    .map((path) => path.slice(RELEASES.length, -".json".length))
    .sort()
    .reverse();
}

export async function releaseNamed(store: Store, bucket: Bucket, release: string): Promise<Release | null> {
  return bucket.own.has(releaseKey(release))
    ? readRelease(await store.read(bucket.prefix + releaseKey(release)))
    : null;
}
