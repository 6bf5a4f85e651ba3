/**
 * What a deploy does, decided from what lies here, what lies there and what earlier deploys wrote down about it. Pure.
 * Visitors never meet a page whose parts are not there yet: what no page of theirs names comes first, then what changes,
 * pages after what they are made of, the front page last, and only then what is gone is taken away.
 */
import type { Problem } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";

/** A file as it shall be served. */
export interface Wanted {
  /** Below the prefix. */
  readonly path: string;
  readonly size: number;
  /** What the server says of exactly these bytes, uploaded as we do it. */
  readonly etag: string;
  /** null: as it was before the first deploy. */
  readonly type: string | null;
  readonly cache: string | null;
}

/** What is there. */
export interface Remote {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  /** By the server's clock. */
  readonly modifiedMs: number;
}

/** What a deploy wrote down about one object. */
export interface Entry {
  readonly size: number;
  /** What the server says of it. */
  readonly etag: string;
  /** The etag of the file it was made of: the same, unless the server has a way of its own. */
  readonly content: string;
  /** null: nobody knows, it was there before the first deploy. */
  readonly type: string | null;
  readonly cache: string | null;
}

/** The release that is served, by path; empty before the first. */
export type Entries = ReadonlyMap<string, Entry>;

/** A deploy that has begun and was not ended. */
export interface Pending {
  readonly release: string;
  readonly digest: string;
  /** When it was written down, by the server's clock. */
  readonly modifiedMs: number;
  readonly entries: Entries;
  /** Those that it found done already: at any time before. */
  readonly done: ReadonlySet<string>;
}

export interface Known {
  readonly current: Entries;
  readonly pending: Pending | null;
}

export interface Rules {
  readonly delete: boolean;
  readonly maxDeletions: number | null;
  readonly minFiles: number;
}

export interface Plan {
  /** Each stage begins when the one before it has ended. */
  readonly stages: readonly (readonly Wanted[])[];
  readonly unchanged: readonly Wanted[];
  readonly deletions: readonly Remote[];
  /** What is there now and will not be any more. */
  readonly replaced: readonly Remote[];
}

/** Of what is there, so much may go unless the task says a number. */
const DELETED_SHARE = 0.25;
const DELETED_MIN = 10;

export function planDeploy(
  wanted: readonly Wanted[],
  there: readonly Remote[],
  known: Known,
  rules: Pick<Rules, "delete">,
): Plan {
  const remote = new Map(there.map((one) => [one.path, one]));
  const paths = new Set(wanted.map(({ path }) => path));
  const unchanged: Wanted[] = [];
  const stages: Wanted[][] = [[], [], [], []];
  for (const file of [...wanted].sort(byPath)) {
    const found = remote.get(file.path);
    if (found !== undefined && isDone(file, found, known)) unchanged.push(file);
    else stages[stageOf(file, found === undefined)]?.push(file);
  }
  const deletions = rules.delete ? there.filter(({ path }) => !paths.has(path)) : [];
  const written = new Set(stages.flat().map(({ path }) => path));
  const replaced = [...there.filter(({ path }) => written.has(path)), ...deletions];
  return {
    stages: stages.filter((stage) => stage.length > 0),
    unchanged,
    deletions: [...deletions].sort(byPath),
    replaced: [...replaced].sort(byPath),
  };
}

/** The same bytes, served with the same headers. */
function isDone(file: Wanted, found: Remote, known: Known): boolean {
  const { content, type, cache } = servedAs(found, known);
  return content === file.etag && type === file.type && cache === file.cache;
}

/** How an object is served, as far as anybody knows: the listing shows bytes, what was written down shows headers. */
export function servedAs(one: Remote, { current, pending }: Known): Entry {
  const served = current.get(one.path);
  if (served !== undefined && served.etag === one.etag) return served;
  const begun = pending?.entries.get(one.path);
  const isBegun =
    pending !== null &&
    begun?.content === one.etag &&
    (pending.done.has(one.path) || one.modifiedMs >= pending.modifiedMs);
  if (isBegun && begun !== undefined) return { ...begun, etag: one.etag };
  return { size: one.size, etag: one.etag, content: one.etag, type: null, cache: null };
}

const PAGE = /(?:\.html?|\.xml|\.rss|\.atom|\.webmanifest)$/i;
const FRONT = /^(?:index\.html?|service-worker\.js|sw\.js)$/;

function stageOf({ path, type }: Wanted, isNew: boolean): number {
  if (FRONT.test(path)) return 3;
  if (PAGE.test(path) || type?.startsWith("text/html") === true) return 2;
  return isNew ? 0 : 1;
}

/** Why this plan is not carried out: too little to deploy, or too much to delete (C11). */
export function shrinkProblem(plan: Plan, there: number, rules: Rules): Problem | null {
  const files = plan.unchanged.length + plan.stages.flat().length;
  const deletions = plan.deletions.length;
  const would = `would delete ${thousands(deletions)} of ${thousands(there)}`;
  if (files < rules.minFiles) {
    return {
      code: "E_DEPLOY_SHRINK",
      message: `there are ${thousands(files)} files to deploy, and at least ${thousands(rules.minFiles)} are asked for${deletions > 0 ? `: it ${would}` : ""}`,
      hint: "look why the build is so small, or lower min_files",
    };
  }
  const most = rules.maxDeletions ?? mostDeletions(there);
  if (deletions <= most) return null;
  return {
    code: "E_DEPLOY_SHRINK",
    message: `it ${would}, and at most ${thousands(most)} may go`,
    hint: `look why the build is so small, or max_deletions: ${deletions}`,
  };
}

/** A quarter of what is there, ten of a small site, never all of it. */
function mostDeletions(there: number): number {
  return Math.min(Math.max(DELETED_MIN, Math.floor(there * DELETED_SHARE)), Math.max(0, there - 1));
}

export function byPath(left: { readonly path: string }, right: { readonly path: string }): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}
