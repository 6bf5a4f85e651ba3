/** Carries out a plan: notes what is to come, keeps what is replaced, uploads stage by stage, notes what is served. */
import { thousands } from "../../core/thousands.ts";
import { eachLimited } from "./each-limited.ts";
import { type Plan, servedAs, type Wanted } from "./plan.ts";
import {
  beforeId,
  COPIES,
  CURRENT,
  copyKey,
  isBefore,
  PENDING,
  type Release,
  readRelease,
  releaseKey,
  writeRelease,
} from "./release.ts";
import { type Bucket, knownOf, releasesOf } from "./remote.ts";
import type { Store } from "./store.ts";
import type { Site } from "./wanted.ts";

export interface Synced {
  readonly site: Site;
  readonly plan: Plan;
  readonly bucket: Bucket;
  readonly release: Release;
  readonly isResumed: boolean;
  /** Of what is replaced, for a way back. */
  readonly keepsCopies: boolean;
}

export interface SyncPorts {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** What is done, for whoever asks when it is cut off. */
  readonly told: (soFar: string) => void;
}

const AT_ONCE = 24;
const TOLD_EVERY = 100;
/** What one request can copy. */
const COPIED_BYTES_MAX = 5 * 1024 ** 3;
const AS_JSON = { type: "application/json", cache: "no-store" };

/** Gives what is served then. */
export async function sync(synced: Synced, ports: SyncPorts): Promise<Release> {
  const { plan, bucket, release: begun, isResumed } = synced;
  const { store } = ports;
  if (!isResumed) await store.put(bucket.prefix + PENDING, bytesOf(writeRelease(begun)), AS_JSON);
  const previous = synced.keepsCopies ? await keep(synced, ports) : begun.previous;
  const etags = new Map(bucket.site.map(({ path, etag }) => [path, etag]));
  for (const [path, etag] of await uploadAll(synced, ports)) etags.set(path, etag);
  const entries = [...begun.entries].map(
    ([path, entry]) => [path, { ...entry, etag: etags.get(path) ?? entry.etag }] as const,
  );
  const release = { ...begun, previous, entries: new Map(entries), done: [] };
  const text = bytesOf(writeRelease(release));
  if (synced.keepsCopies) await store.put(bucket.prefix + releaseKey(release.release), text, AS_JSON);
  await store.put(bucket.prefix + CURRENT, text, AS_JSON);
  await store.remove(plan.deletions.map(({ path }) => bucket.prefix + path));
  return release;
}

/** Copies of what will be there no longer; of a bucket that no deploy knows also what it was. */
async function keep({ plan, bucket, release }: Synced, ports: SyncPorts): Promise<string | null> {
  const known = knownOf(bucket);
  const { prefix, own } = bucket;
  const copies = new Map<string, string>();
  for (const one of plan.replaced) {
    const served = servedAs(one, known);
    // What a deploy that never ended has put there is no part of any release.
    const isOfRelease = served.type === null || known.current.get(one.path)?.etag === one.etag;
    const key = copyKey(one.path, served);
    if (isOfRelease && one.size <= COPIED_BYTES_MAX && !own.has(key)) copies.set(key, one.path);
  }
  ports.told("nothing was uploaded yet");
  await eachLimited([...copies], { limit: AT_ONCE, signal: ports.signal }, async ([key, path]) => {
    await ports.store.copy(prefix + path, prefix + key);
  });
  return release.previous ?? (await before(bucket, release, ports.store));
}

/** What was there before the first deploy, as a release of its own; what one that never ended has put there is not that. */
async function before(bucket: Bucket, release: Release, store: Store): Promise<string | null> {
  const found = releasesOf(bucket).find(isBefore);
  if (found !== undefined || bucket.current !== null) return found ?? null;
  const known = knownOf(bucket);
  const there = bucket.site.map((one) => [one.path, servedAs(one, known)] as const);
  const entries = new Map(there.filter(([, { type }]) => type === null));
  if (entries.size === 0) return null;
  const name = beforeId(release.release);
  const manifest = { ...release, release: name, previous: null, commit: null, digest: "", entries, done: [] };
  await store.put(bucket.prefix + releaseKey(name), bytesOf(writeRelease(manifest)), AS_JSON);
  return name;
}

async function uploadAll(synced: Synced, ports: SyncPorts): Promise<ReadonlyMap<string, string>> {
  const { plan, site, bucket, release } = synced;
  const { store, signal, print, told } = ports;
  const total = plan.stages.flat().length;
  const etags = new Map<string, string>();
  const place = async (file: Wanted) => {
    etags.set(file.path, await site.place(file, store, bucket.prefix));
    told(`${thousands(etags.size)} of ${thousands(total)} files uploaded`);
    if (etags.size % TOLD_EVERY === 0 || etags.size === total)
      print(`uploaded ${thousands(etags.size)} of ${thousands(total)}`);
  };
  for (const [index, stage] of plan.stages.entries()) {
    if (index === plan.stages.length - 1) await checkStillOurs(release, bucket, store);
    await eachLimited(stage, { limit: AT_ONCE, signal }, place);
  }
  return etags;
}

/** Two at once would each upload half of a site: the one that began first gives way. */
async function checkStillOurs(release: Release, bucket: Bucket, store: Store): Promise<void> {
  const pending = readRelease(await store.read(bucket.prefix + PENDING));
  if (pending?.release === release.release) return;
  const message = `another deploy to the same place began meanwhile (${pending?.release ?? "and has ended"})`;
  throw Object.assign(new Error(message), { name: "AnotherDeploy" });
}

export interface PrunePorts {
  readonly store: Store;
  readonly keep: number;
}

/** Ends a deploy: it is no longer on its way, and what is older than what is kept goes. */
export async function prune(
  bucket: Bucket,
  release: Release,
  { store, keep: most }: PrunePorts,
): Promise<void> {
  const { prefix } = bucket;
  const others = releasesOf(bucket).filter((one) => one !== release.release);
  const [kept, old] = [others.slice(0, most), others.slice(most)];
  const gone = [PENDING];
  if (old.length > 0) {
    const read = await Promise.all(kept.map((one) => store.read(prefix + releaseKey(one))));
    const manifests = read.map(readRelease).filter((one) => one !== null);
    const used = new Set(
      manifests.flatMap(({ entries }) => [...entries].map(([path, entry]) => copyKey(path, entry))),
    );
    const copies = [...bucket.own.keys()].filter((key) => key.startsWith(COPIES) && !used.has(key));
    // One that cannot be read may need any of them.
    gone.push(...old.map(releaseKey), ...(manifests.length === kept.length ? copies : []));
  }
  await store.remove(gone.map((path) => prefix + path));
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
