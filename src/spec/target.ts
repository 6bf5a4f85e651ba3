/**
 * Where deploys go: `targets` of decapod.yaml, by environment. A task names an environment; what is declared here it cannot
 * say otherwise, and where requests go (an endpoint) can be said nowhere else.
 */
import type { Json, JsonMap } from "../core/json.ts";
import { isProductionName } from "../core/production-name.ts";

export interface Target {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string | null;
  readonly distribution: string | null;
  /** The page that is asked for after a deploy. */
  readonly url: string | null;
  /** Other hosts that may be asked. */
  readonly hosts: readonly string[];
  /** Of a server that is not Amazon's; null: Amazon's own. */
  readonly endpoint: string | null;
  readonly cloudfrontEndpoint: string | null;
  readonly compat: "aws" | "generic";
  /** A profile of the person's own credential files. */
  readonly profile: string | null;
  readonly credentials: TargetCredentials | null;
  /** Globs of files that the scan for secrets takes as they are. */
  readonly allow: readonly string[];
}

/** Names of variables of decapod's own environment. */
export interface TargetCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export type Targets = ReadonlyMap<string, Target>;

export const PRODUCTION = "production";

export function folderPrefix(written: string): string {
  return written === "" || written.endsWith("/") ? written : `${written}/`;
}

/**
 * Whether a deploy with these parameters reaches what the production target serves, whatever it calls itself: the same
 * bucket, distribution or host. Parameters that are not known yet count as what they say.
 */
export function isProductionDeploy(targets: Targets, parameters: JsonMap): boolean {
  const environment = textOf(parameters.environment);
  if (isProductionName(environment)) return true;
  const production = targets.get(PRODUCTION);
  if (production === undefined) return false;
  const target = environment === null ? undefined : targets.get(environment);
  const same = (mine: string | null | undefined, theirs: string | null) =>
    mine !== null && mine !== undefined && theirs !== null && mine.toLowerCase() === theirs.toLowerCase();
  return (
    same(target?.bucket ?? textOf(parameters.bucket), production.bucket) ||
    same(target?.distribution ?? textOf(parameters.distribution_id), production.distribution) ||
    same(hostOf(target?.url ?? textOf(parameters.url)), hostOf(production.url))
  );
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}
