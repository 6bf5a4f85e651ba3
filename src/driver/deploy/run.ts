/**
 * One deploy from its folder to the page that is served. Until the front page is uploaded visitors see what they saw
 * before; when it is cut off, the next one goes on where it stopped.
 */
import { instant } from "../../core/calendar.ts";
import type { Json, JsonMap } from "../../core/json.ts";
import { type Failure, failure } from "../../core/outcome.ts";
import type { Problem } from "../../core/problem.ts";
import { problemsText } from "../../core/problems-text.ts";
import type { Clock } from "../../port/clock.ts";
import { sha256 } from "../../port/hash.ts";
import { type Asked, failureOf } from "./failure.ts";
import type { DeployRequest } from "./parameters.ts";
import { type Plan, planDeploy, shrinkProblem } from "./plan.ts";
import { type Release, releaseId } from "./release.ts";
import { type Bucket, knownOf, readBucket } from "./remote.ts";
import type { Cdn, Page, Store } from "./store.ts";
import { prune, sync } from "./sync.ts";
import { dryRunOutput, planLine } from "./told.ts";
import { type Here, type Site, siteBefore, siteHere } from "./wanted.ts";

export interface DeployPorts extends Here {
  readonly store: Store;
  /** null: nothing stands before the bucket. */
  readonly cdn: Cdn | null;
  readonly page: (url: string) => Promise<Page>;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Before the first thing is changed. */
  readonly began: () => void;
  /** What was deployed, for the attempt's folder. */
  readonly receipt: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface DeployReport {
  readonly output: JsonMap | null;
  readonly failure: Failure | null;
  readonly notes: readonly string[];
}

/** Above it servers begin to refuse. */
const SKEW_NOTED_MS = 60_000;

export async function runDeploy(request: DeployRequest, ports: DeployPorts): Promise<DeployReport> {
  const deploy = new Deploy(request, ports);
  const report = await deploy.run();
  const skewMs = ports.store.skewMs();
  if (Math.abs(skewMs) < SKEW_NOTED_MS) return report;
  const side = skewMs > 0 ? "behind" : "ahead of";
  const note = `the clock of this machine is ${Math.round(Math.abs(skewMs) / 1_000)} s ${side} that of the server`;
  return { ...report, notes: [...report.notes, note] };
}

class Deploy {
  readonly #request: DeployRequest;
  readonly #ports: DeployPorts;
  #asked: Asked = "s3";
  /** What it had done when it was cut off. */
  #soFar: string | null = null;

  constructor(request: DeployRequest, ports: DeployPorts) {
    this.#request = request;
    this.#ports = ports;
  }

  async run(): Promise<DeployReport> {
    try {
      return await this.#run();
    } catch (error) {
      if (this.#ports.signal.aborted) return this.#cut(failure("unknown", "it was ended"));
      return this.#cut(failureOf(error, this.#asked));
    }
  }

  #cut(why: Failure): DeployReport {
    if (this.#soFar === null) return { output: null, failure: why, notes: [] };
    const message = `${why.message}; ${this.#soFar}`;
    return { output: null, failure: { ...why, message }, notes: [] };
  }

  async #run(): Promise<DeployReport> {
    const { store } = this.#ports;
    const { target, rollbackTo, planDigest } = this.#request;
    // Before anything is asked of the server: most of what is wrong is wrong here.
    const here = rollbackTo === null ? siteHere(this.#request, this.#ports) : null;
    if (here?.ok === false) return refused(here.problems);
    const bucket = await readBucket(store, target.prefix);
    const site = here ?? (await siteBefore(this.#request, store, bucket));
    if (!site.ok) return refused(site.problems);
    if (planDigest !== null && planDigest !== site.value.digest) return refused([CHANGED]);
    return this.#deploy(site.value, bucket);
  }

  async #deploy(site: Site, bucket: Bucket): Promise<DeployReport> {
    const request = this.#request;
    const plan = this.#planFor(site, bucket);
    this.#ports.print(planLine(plan, request, bucket.site.length));
    const problem = this.#shrink(plan, bucket);
    if (problem !== null) return refused([problem]);
    if (request.dryRun) return done(dryRunOutput(plan, site.digest, request));
    const isResumed = bucket.pending?.digest === site.digest;
    const begun = this.#release(site, plan, bucket);
    this.#ports.began();
    this.#soFar = "nothing was changed yet";
    const release = await sync(
      { site, plan, bucket, release: begun, isResumed, keepsCopies: request.keepReleases > 0 },
      { ...this.#ports, told: (soFar) => this.#tell(soFar) },
    );
    const served = await this.#refresh(release, site);
    if (served.failure !== null) return { output: null, notes: served.notes, failure: served.failure };
    this.#asked = "s3";
    await prune(bucket, release, { ...this.#ports, keep: request.keepReleases });
    const output = this.#output({ release, begun, served, deleted: plan.deletions.length });
    this.#ports.receipt(receiptText(output, release));
    return { ...done(output), notes: served.notes };
  }

  #output({ release, begun, served, deleted }: Ended): JsonMap {
    const { environment, target } = this.#request;
    return {
      dry_run: false,
      deployment_success: true,
      environment,
      http_status: served.status,
      uploaded_files: begun.entries.size - begun.done.length,
      unchanged_files: begun.done.length,
      deleted_files: deleted,
      invalidation_id: served.invalidation,
      release_id: release.release,
      previous_release: release.previous,
      rollback_of: release.rollbackOf,
      plan_digest: release.digest,
      bucket: target.bucket,
      prefix: target.prefix,
      distribution_id: target.distribution,
      url: target.url,
    };
  }

  #tell(soFar: string): void {
    this.#soFar = `incomplete: ${soFar}; what was served before still is, and the next attempt goes on from here`;
  }

  /** A way back takes away what deploys brought since, and nothing else. */
  #planFor(site: Site, bucket: Bucket): Plan {
    const known = knownOf(bucket);
    if (site.rollbackOf === null) return planDeploy(site.files, bucket.site, known, this.#request);
    const ours = (path: string) => known.current.has(path) || known.pending?.entries.has(path) === true;
    const there = bucket.site.filter(
      ({ path }) => ours(path) || site.files.some((file) => file.path === path),
    );
    return planDeploy(site.files, there, known, { delete: true });
  }

  #shrink(plan: Plan, bucket: Bucket): Problem | null {
    const { rollbackTo, maxDeletions } = this.#request;
    if (rollbackTo !== null && maxDeletions === null) return null;
    return shrinkProblem(plan, bucket.site.length, this.#request);
  }

  /** What is to be: the one on its way when it is the same, and the one that is served when nothing else would be. */
  #release(site: Site, plan: Plan, { pending, current }: Bucket): Release {
    if (pending?.digest === site.digest) return pending;
    const wall = this.#ports.clock.wall();
    const standing = current !== null && isSameSite(site, current) ? current : null;
    return {
      release: standing?.release ?? releaseId(wall, site.digest),
      previous: standing === null ? (current?.release ?? null) : standing.previous,
      created: instant(wall),
      environment: this.#request.environment,
      commit: this.#request.commit,
      digest: site.digest,
      rollbackOf: site.rollbackOf,
      entries: new Map(
        site.files.map(({ path, size, etag, type, cache }) => [
          path,
          { size, etag, content: etag, type, cache },
        ]),
      ),
      done: plan.unchanged.map(({ path }) => path),
    };
  }

  async #refresh(release: Release, site: Site): Promise<Served> {
    const { cdn, print, page } = this.#ports;
    const { paths, target } = this.#request;
    const notes: string[] = [];
    let invalidation: string | null = null;
    if (cdn !== null) {
      this.#asked = "cloudfront";
      this.#soFar = "the files are uploaded; visitors may still be given what CloudFront has kept";
      invalidation = await cdn.invalidate(
        paths,
        `${release.release}-${sha256([release.created, ...paths].join("\n")).slice(0, 12)}`,
      );
      print(`invalidation ${invalidation}: waiting until CloudFront has thrown away ${paths.join(" ")}`);
      await cdn.completed(invalidation);
    }
    if (target.url === null) return { status: null, invalidation, failure: null, notes };
    this.#asked = "page";
    this.#soFar = "the files are uploaded; the page could not be looked at";
    const { status, sha256: seen } = await page(target.url);
    print(`${target.url}: ${status}`);
    if (status === 200 && site.front !== null && new URL(target.url).pathname === "/" && seen !== site.front)
      notes.push(`${target.url} is not the page that was deployed: something between keeps or changes it`);
    const why = `the files are uploaded, but ${target.url} answers ${status}`;
    return { status, invalidation, notes, failure: status === 200 ? null : failure("criteria_failed", why) };
  }
}

interface Ended {
  readonly release: Release;
  /** As it was when it began. */
  readonly begun: Release;
  readonly served: Served;
  readonly deleted: number;
}

interface Served {
  readonly status: number | null;
  readonly invalidation: string | null;
  readonly failure: Failure | null;
  readonly notes: readonly string[];
}

/** A release of its own would push a way back out of those that are kept, and be no way back itself. */
function isSameSite({ files }: Site, { entries }: Release): boolean {
  if (files.length !== entries.size) return false;
  return files.every(({ path, etag, type, cache }) => {
    const entry = entries.get(path);
    return entry?.content === etag && entry.type === type && entry.cache === cache;
  });
}

const CHANGED: Problem = {
  code: "E_DEPLOY_CHANGED",
  message:
    "what would be deployed is no longer what was looked at: the files, the commit or the target changed",
  hint: "plan it again with dry_run, and have that approved",
};

function refused(problems: readonly Problem[]): DeployReport {
  return { output: null, failure: failure("config_error", problemsText(problems)), notes: [] };
}

function done(output: JsonMap): DeployReport {
  return { output, failure: null, notes: [] };
}

function receiptText(output: JsonMap, { created, commit, entries }: Release): string {
  const manifest: Json = [...entries].map(([path, { size, etag, type, cache }]) => ({
    path,
    size,
    etag,
    type,
    cache,
  }));
  return `${JSON.stringify({ ...output, created, commit, manifest }, null, 1)}\n`;
}
