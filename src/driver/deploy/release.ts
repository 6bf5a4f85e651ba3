/**
 * What a bucket holds beside the site, under .decapod/ of its prefix: the release that is served, the one that is on its
 * way, the manifests of those before, and copies of what these had and the site has no longer.
 */
import { instant } from "../../core/calendar.ts";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { sha256 } from "../../port/hash.ts";
import type { Entries, Entry } from "./plan.ts";

export const OWN = ".decapod/";
export const CURRENT = `${OWN}current.json`;
export const PENDING = `${OWN}pending.json`;
export const RELEASES = `${OWN}releases/`;
export const COPIES = `${OWN}objects/`;

export interface Release {
  readonly release: string;
  readonly previous: string | null;
  /** RFC 3339, by the clock of whoever deployed. */
  readonly created: string;
  readonly environment: string | null;
  readonly commit: string | null;
  readonly digest: string;
  /** The release that it brought back. */
  readonly rollbackOf: string | null;
  readonly entries: Entries;
  /** Of one on its way: what was there as it should be when it began. */
  readonly done: readonly string[];
}

/** Sorts by time, to the millisecond: small sites are deployed more than once a second. */
export function releaseId(wallMs: number, digest: string): string {
  const at = instant(wallMs).slice(0, 23).replace(/[-:.]/g, "");
  return `${at}Z-${digest.slice(0, 8)}`;
}

const BEFORE = "00000000";

/** Of what was there before the first deploy; sorts before it. */
export function beforeId(first: string): string {
  return first.slice(0, -BEFORE.length) + BEFORE;
}

export function isBefore(release: string): boolean {
  return release.endsWith(`-${BEFORE}`);
}

export function releaseKey(release: string): string {
  return `${RELEASES}${release}.json`;
}

/** The copy of an object as it is served. Without known headers only the same object has the same. */
export function copyKey(path: string, { etag, type, cache }: Entry): string {
  return `${COPIES}${sha256(JSON.stringify(type === null ? [etag, path] : [etag, type, cache])).slice(0, 40)}`;
}

export function writeRelease(release: Release): string {
  const { entries, rollbackOf, ...plain } = release;
  return `${JSON.stringify({
    version: 1,
    ...plain,
    rollback_of: rollbackOf,
    entries: Object.fromEntries(entries),
  })}\n`;
}

/** null: it was not written by us, or by a version that we do not know. */
export function readRelease(text: string | null): Release | null {
  const value = parsed(text);
  if (!isMap(value) || value.version !== 1 || !isMap(value.entries)) return null;
  const entries = new Map<string, Entry>();
  for (const [path, entry] of Object.entries(value.entries)) {
    const read = entryOf(entry as Json);
    if (read === null) return null;
    entries.set(path, read);
  }
  const { release, digest } = value;
  if (typeof release !== "string" || typeof digest !== "string") return null;
  return {
    release,
    digest,
    previous: textOf(value.previous),
    created: textOf(value.created) ?? "",
    environment: textOf(value.environment),
    commit: textOf(value.commit),
    rollbackOf: textOf(value.rollback_of),
    entries,
    done: Array.isArray(value.done) ? value.done.map(String) : [],
  };
}

function parsed(text: string | null): Json {
  try {
    return text === null ? null : (JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

function entryOf(value: Json): Entry | null {
  if (!isMap(value)) return null;
  const { size, etag, content } = value as JsonMap;
  if (typeof size !== "number" || typeof etag !== "string" || typeof content !== "string") return null;
  return { size, etag, content, type: textOf(value.type), cache: textOf(value.cache) };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
