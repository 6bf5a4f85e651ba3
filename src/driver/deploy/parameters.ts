/** What a task asks for, held against what the project declares. No value of a task becomes a word of something else. */
import { isAbsolute } from "node:path";
import { present } from "../../core/invariant.ts";
import { type Json, type JsonMap, own } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { deploySource } from "../../core/production-name.ts";
import { nearest } from "../../spec/nearest.ts";
import {
  folderPrefix,
  isProductionDeploy,
  PRODUCTION,
  type Target,
  type Targets,
} from "../../spec/target.ts";
import { mapAt, numberAt, textAt, textsAt } from "./fields.ts";
import { formProblems, type IsOpen, quoted, shapeProblems } from "./forms.ts";
import { urlProblem } from "./url.ts";

/** Everything that is known before anybody is asked. */
export interface DeployRequest {
  readonly source: string;
  readonly environment: string | null;
  readonly target: Target;
  /** What CloudFront refreshes. */
  readonly paths: readonly string[];
  readonly cache: Readonly<Record<string, string>>;
  readonly contentTypes: Readonly<Record<string, string>>;
  readonly exclude: readonly string[];
  readonly delete: boolean;
  /** null: a share of what is there. */
  readonly maxDeletions: number | null;
  readonly minFiles: number;
  readonly keepReleases: number;
  readonly commit: string | null;
  readonly planDigest: string | null;
  readonly dryRun: boolean;
  readonly rollbackTo: string | null;
}

const KEEP_RELEASES = 5;
const NO_TARGET: Target = {
  bucket: "",
  prefix: "",
  region: null,
  distribution: null,
  url: null,
  hosts: [],
  endpoint: null,
  cloudfrontEndpoint: null,
  compat: "aws",
  profile: null,
  credentials: null,
  allow: [],
};

/** Of a workflow that has not begun: texts with an expression are not known yet. */
export function checkDeploy(parameters: JsonMap, targets: Targets): readonly Problem[] {
  return problemsIn(parameters, targets, isOpen);
}

export function deployRequest(parameters: JsonMap, targets: Targets): Result<DeployRequest> {
  const problems = problemsIn(parameters, targets, () => false);
  if (problems.length > 0) return bad(...problems);
  const environment = textAt(parameters, "environment");
  const declared = environment === null ? undefined : targets.get(environment);
  return good({
    source: present(deploySource("deploy", parameters), "a deploy brings something"),
    environment,
    target: targetWith(declared ?? NO_TARGET, parameters),
    paths: textsAt(parameters, "paths") ?? ["/*"],
    cache: mapAt(parameters, "cache"),
    contentTypes: mapAt(parameters, "content_types"),
    exclude: textsAt(parameters, "exclude") ?? [],
    delete: own(parameters, "delete") === true,
    maxDeletions: numberAt(parameters, "max_deletions"),
    minFiles: numberAt(parameters, "min_files") ?? 1,
    keepReleases: numberAt(parameters, "keep_releases") ?? KEEP_RELEASES,
    commit: textAt(parameters, "commit"),
    planDigest: textAt(parameters, "plan_digest"),
    dryRun: own(parameters, "dry_run") === true,
    rollbackTo: textAt(parameters, "rollback_to"),
  });
}

/** What a site is built into, unless it is said. */

function targetWith(declared: Target, parameters: JsonMap): Target {
  const prefix = textAt(parameters, "prefix");
  return {
    ...declared,
    bucket: textAt(parameters, "bucket") ?? declared.bucket,
    prefix: prefix === null ? declared.prefix : folderPrefix(prefix),
    region: textAt(parameters, "region") ?? declared.region,
    distribution: textAt(parameters, "distribution_id") ?? declared.distribution,
    url: textAt(parameters, "url") ?? declared.url,
  };
}

function problemsIn(parameters: JsonMap, targets: Targets, open: IsOpen): readonly Problem[] {
  const shape = shapeProblems(parameters, open);
  if (shape.length > 0) return shape;
  const known = Object.fromEntries(Object.entries(parameters).filter(([, value]) => !open(value)));
  return [
    ...formProblems(known),
    ...sourceProblems(known),
    ...targetProblems(known, parameters, { targets, open }),
    // What a run finds out later is asked for by its phrase (core/gate.ts).
    ...(open === isOpen ? gateProblems(known, targets) : []),
  ];
}

function isOpen(value: Json | undefined): boolean {
  return typeof value === "string" && value.includes("${");
}

function sourceProblems(known: JsonMap): readonly Problem[] {
  const source = textAt(known, "source");
  if (source === null) return [];
  const isOutside = isAbsolute(source) || source.split(/[/\\]/).includes("..") || source.includes("\0");
  if (!isOutside) return [];
  return [{ code: "E_OUTSIDE_ROOT", message: `source must lie inside the workspace, not ${quoted(source)}` }];
}

interface Against {
  readonly targets: Targets;
  readonly open: IsOpen;
}

/** What is declared for an environment is not said otherwise by a task. */
function targetProblems(known: JsonMap, written: JsonMap, { targets, open }: Against): readonly Problem[] {
  if (open(own(written, "environment"))) return [];
  const environment = textAt(known, "environment");
  const declared = environment === null ? undefined : targets.get(environment);
  if (declared === undefined) return undeclaredProblems(known, written, { targets, open });
  const fixed = {
    bucket: declared.bucket,
    prefix: declared.prefix,
    region: declared.region,
    distribution_id: declared.distribution,
  };
  const problems = Object.entries(fixed).flatMap(([key, value]): readonly Problem[] => {
    const said = textAt(known, key);
    const isSame = said === null || value === null || said === value || folderPrefix(said) === value;
    if (isSame) return [];
    return [
      {
        code: "E_ARG",
        message: `${key} of ${environment} is ${value === "" ? "empty" : value} in decapod.yaml; a task cannot make it ${quoted(said)}`,
        hint: `leave ${key} out`,
      },
    ];
  });
  return [...problems, ...urlProblems(known, declared)];
}

function undeclaredProblems(
  known: JsonMap,
  written: JsonMap,
  { targets, open }: Against,
): readonly Problem[] {
  const environment = textAt(known, "environment");
  const names = [...targets.keys()];
  const problems: Problem[] = [...urlProblems(known, null)];
  if (environment !== null && names.length > 0)
    problems.push({
      code: "E_ARG",
      message: `environment ${quoted(environment)} has no target in decapod.yaml`,
      hint: nearest(environment, names) ?? `environment: ${names.join(", ")}`,
    });
  else if (own(written, "bucket") === undefined && !isEarly(open, environment))
    problems.push({
      code: "E_REQUIRED",
      message: "deploy is not told where to: there is no bucket",
      hint: "targets: { staging: { bucket: … } } in decapod.yaml, and environment: staging",
    });
  return problems;
}

/** A workflow is checked, and rehearsed, where nobody has said yet where its environments are. */
function isEarly(open: IsOpen, environment: string | null): boolean {
  return open === isOpen && environment !== null;
}

function urlProblems(known: JsonMap, declared: Target | null): readonly Problem[] {
  const url = textAt(known, "url");
  if (url === null) return [];
  const problem = urlProblem(url, declared);
  return problem === null ? [] : [problem];
}

/** Whoever reaches what production serves says so, and is asked for the phrase. */
function gateProblems(known: JsonMap, targets: Targets): readonly Problem[] {
  const environment = textAt(known, "environment");
  if (environment === PRODUCTION || !isProductionDeploy(targets, known)) return [];
  const name = environment === null ? "this deploy" : `the target ${environment}`;
  return [
    {
      code: "E_GATE_REQUIRED",
      message: `${name} goes to what production serves, and production is only reached with its approval`,
      hint: `environment: ${PRODUCTION}, or another bucket`,
    },
  ];
}
