/** Reads `targets` of decapod.yaml. Few projects have any: loaded where one does. */
import { type Json, type JsonMap, own } from "../core/json.ts";
import { readWebAddress } from "../core/web-address.ts";
import type { Findings } from "./findings.ts";
import { block, filled, mapOf, maybe, oneOf, type Schema, texts } from "./schema-words.ts";
import { checkShape } from "./shape.ts";
import { folderPrefix, type Target, type Targets } from "./target.ts";
import { FORMS, type Rule, type Wrong } from "./target-forms.ts";

/** Empty when there is something wrong. */
export function readTargets(value: Json, findings: Findings): Targets {
  const before = findings.problems.length;
  checkShape(targetsShape, value, ["targets"], findings);
  if (findings.problems.length > before) return new Map();
  const targets = value as unknown as Readonly<Record<string, WrittenTarget>>;
  checkTargets(targets, findings);
  return new Map(Object.entries(targets).map(([name, one]) => [name, targetOf(one)] as const));
}

const credentials = block("credentials", {
  access_key_id: filled,
  secret_access_key: filled,
  session_token: maybe(filled),
});

const targetsShape: Schema = mapOf(
  block("a target", {
    bucket: filled,
    prefix: maybe(filled),
    region: maybe(filled),
    distribution_id: maybe(filled),
    url: maybe(filled),
    hosts: maybe(texts),
    endpoint: maybe(filled),
    cloudfront_endpoint: maybe(filled),
    compat: maybe(oneOf("aws", "generic")),
    profile: maybe(filled),
    credentials: maybe(credentials),
    allow: maybe(texts),
  }),
  "targets",
);

export interface WrittenTarget {
  readonly bucket: string;
  readonly prefix?: string;
  readonly region?: string;
  readonly distribution_id?: string;
  readonly url?: string;
  readonly hosts?: readonly string[];
  readonly endpoint?: string;
  readonly cloudfront_endpoint?: string;
  readonly compat?: "aws" | "generic";
  readonly profile?: string;
  readonly credentials?: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly session_token?: string;
  };
  readonly allow?: readonly string[];
}

export function targetOf(written: WrittenTarget): Target {
  const { credentials: names } = written;
  return {
    bucket: written.bucket,
    prefix: folderPrefix(written.prefix ?? ""),
    region: written.region ?? null,
    distribution: written.distribution_id ?? null,
    url: written.url ?? null,
    hosts: written.hosts ?? [],
    endpoint: written.endpoint ?? null,
    cloudfrontEndpoint: written.cloudfront_endpoint ?? null,
    compat: written.compat ?? (written.endpoint === undefined ? "aws" : "generic"),
    profile: written.profile ?? null,
    credentials:
      names === undefined
        ? null
        : {
            accessKeyId: names.access_key_id,
            secretAccessKey: names.secret_access_key,
            sessionToken: names.session_token ?? null,
          },
    allow: written.allow ?? [],
  };
}

/** Their shapes were checked. */
function checkTargets(targets: Readonly<Record<string, WrittenTarget>>, findings: Findings): void {
  for (const [name, target] of Object.entries(targets)) {
    for (const [key, rule] of Object.entries(TARGET_RULES)) {
      const value = own(target as unknown as JsonMap, key);
      const wrong = typeof value === "string" ? rule(value) : null;
      if (wrong === null) continue;
      const { code, ...said } = wrong;
      findings.add(code, { path: ["targets", name, key] }, said);
    }
    for (const [key, value] of Object.entries(target.credentials ?? {})) {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) continue;
      findings.add(
        "E_ARG",
        { path: ["targets", name, "credentials", key] },
        {
          message: `${key} is the name of a variable, not its value`,
          hint: "the value stays in the variable",
        },
      );
    }
  }
}

const TARGET_RULES: Readonly<Record<string, Rule>> = {
  ...FORMS,
  url: (value) => wrongUrl(value),
  endpoint: (value) => wrongUrl(value),
  cloudfront_endpoint: (value) => wrongUrl(value),
};

/** Of an address that the project itself declares: any host, but nothing that hides which. */
function wrongUrl(value: string): Wrong | null {
  const read = readWebAddress(value);
  if (read.ok && read.url.hostname !== METADATA_HOST) return null;
  const why = read.ok ? "is where clouds hand out credentials" : read.why;
  const message = `${JSON.stringify(value.slice(0, 200))} ${why}`;
  return { code: "E_URL", message, hint: "https://HOST/PATH, without a name or password" };
}

/** Where clouds hand out credentials to whoever asks from inside. */
const METADATA_HOST = "169.254.169.254";
