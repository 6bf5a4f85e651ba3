/** decapod.yaml (formats.md 8). */
import * as z from "zod/mini";
import { FAN_OUT, FAN_OUT_MAX } from "../core/fan-out.ts";
import type { JsonMap } from "../core/json.ts";
import { beyond, LIMITS, type Limits, SECRET_LENGTH_MIN } from "../core/limits.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { loadNow } from "../port/load-now.ts";
import { BUDGET_PER_DAY, dayBudget, dayBudgetOf, type WrittenDayBudget } from "./day-budget.ts";
import { tidy } from "./document.ts";
import { errorRules, errorTableOf, type WrittenErrorRule } from "./error-rules.ts";
import { Findings } from "./findings.ts";
import { checkAgents, type WrittenAgent } from "./project-agents.ts";
import { NO_SETTINGS, type ProjectSettings, type RedactedText } from "./project-settings.ts";
import { readText } from "./read.ts";
import { listRoles, type RolePlaces } from "./role-list.ts";
import {
  block,
  data,
  duration,
  filled,
  listOf,
  mapOf,
  maybe,
  oneOf,
  type Shape,
  texts,
  whole,
} from "./schema-words.ts";
import { secondsOf } from "./seconds.ts";
import { checkShape } from "./shape.ts";
import type { Targets } from "./target.ts";

const DAY_SECONDS = 86_400;

const agent = block("an agent", { driver: maybe(filled), command: maybe(filled), args: maybe(texts) });

export const projectFile = block("decapod.yaml", {
  workflows: maybe(texts),
  env: maybe(block("env", { pass: maybe(listOf(filled, "names")) })),
  slots: maybe(whole(1, 1000)),
  durability: maybe(oneOf("durable", "fast")),
  limits: maybe(
    block("limits", {
      ...limitShape(),
      [FAN_OUT]: maybe(whole(0, FAN_OUT_MAX)),
      [BUDGET_PER_DAY]: maybe(dayBudget),
    }),
  ),
  agents: maybe(mapOf(agent, "agents")),
  redact: maybe(texts),
  retention: maybe(
    block("retention", {
      runs: maybe(duration(0, 36_500 * DAY_SECONDS)),
      logs: maybe(duration(0, 36_500 * DAY_SECONDS)),
      min_runs: maybe(whole(0, 1_000_000)),
    }),
  ),
  checks: maybe(z.array(filled, { error: "a list of commands" })),
  production_branches: maybe(texts),
  targets: maybe(data),
  errors: maybe(errorRules),
});

/** A limit is only made smaller; one that belongs to the language stays what it is. */
function limitShape(): Shape {
  return Object.fromEntries(
    Object.values(LIMITS).map((limit) => {
      const { name, default: most, asked, unit } = limit;
      if (asked === "language") return [name, maybe(whole(most, most, "as it belongs to the language"))];
      return [name, maybe(unit === "seconds" ? duration(1, most) : whole(1, most))];
    }),
  );
}

/** What the schema says each key holds. */
interface Written {
  readonly workflows?: readonly string[];
  readonly env?: { readonly pass?: readonly string[] };
  readonly slots?: number;
  readonly durability?: "durable" | "fast";
  readonly limits?: Readonly<Record<string, number | string | WrittenDayBudget>>;
  readonly agents?: Readonly<Record<string, WrittenAgent>>;
  readonly redact?: readonly string[];
  readonly retention?: {
    readonly runs?: string | number;
    readonly logs?: string | number;
    readonly min_runs?: number;
  };
  readonly checks?: readonly string[];
  readonly production_branches?: readonly string[];
  readonly targets?: JsonMap;
  readonly errors?: readonly WrittenErrorRule[];
}

/** What the file is held against. */
export interface OnDisk {
  /** What is wrong with a folder of workflows as it is. */
  readonly wrongFolder: (folder: string) => string | null;
  /** Where roles with a file lie: looked at when the file speaks of agents. */
  readonly roles: RolePlaces | null;
}

const NOTHING_THERE: OnDisk = { wrongFolder: () => null, roles: null };

export function readProjectFile(
  file: string,
  bytes: Uint8Array | string,
  { wrongFolder, roles }: OnDisk = NOTHING_THERE,
): Result<ProjectSettings> {
  const raw = readText(file, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value ?? {}, findings);
  checkShape(projectFile, value, [], findings);
  const written = value as JsonMap as Written;
  checkFolders(written.workflows ?? [], wrongFolder, findings);
  checkAgents(written.agents ?? {}, () => (roles === null ? [] : listRoles(roles).keys()), findings);
  const targets = findings.problems.length === 0 ? targetsOf(written, findings) : NO_SETTINGS.targets;
  const limits = limitsOf(written.limits ?? {}, findings);
  const redact = redactOf(written.redact ?? [], findings);
  checkBranches(written.production_branches ?? [], findings);
  const errors = errorTableOf(written.errors ?? [], ["errors"], findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  return good({ ...settingsOf(written), limits, redact, errors, targets });
}

/** Few projects have any. */
function targetsOf({ targets }: Written, findings: Findings): Targets {
  if (targets === undefined) return NO_SETTINGS.targets;
  const late = loadNow<typeof import("./read-targets.ts")>(import.meta.url, "read-targets");
  return late.readTargets(targets, findings);
}

/** A duration in words is read here; whether it is short enough was not asked of a text yet. */
function limitsOf(written: NonNullable<Written["limits"]>, findings: Findings): Limits {
  const limits: Record<string, number> = {};
  for (const one of Object.values(LIMITS)) {
    const value = written[one.name];
    if (value === undefined || typeof value === "object") continue;
    const seconds = secondsOf(value);
    if (seconds !== null && seconds >= 1 && seconds <= one.default) limits[one.name] = seconds;
    else
      findings.add(
        "E_RANGE",
        { path: ["limits", one.name] },
        { message: `${one.name} is ${value}; a limit can only be made smaller: ${beyond(one)}` },
      );
  }
  return limits;
}

const VARIABLE = /^\s*\$\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\s*$/;

function redactOf(list: readonly string[], findings: Findings): readonly RedactedText[] {
  return list.map((text, index) => {
    const env = VARIABLE.exec(text)?.[1];
    if (env !== undefined) return { env };
    const spot = { path: ["redact", index] };
    if (text.includes("${"))
      findings.add("E_TYPE", spot, { message: "an entry of redact is a text, or ${env.NAME} alone" });
    else if ([...text].length < SECRET_LENGTH_MIN)
      findings.add("E_SECRET_SHORT", spot, {
        message: `a text of fewer than ${SECRET_LENGTH_MIN} characters would be found in ordinary words`,
        hint: "a longer part of it",
      });
    return { text };
  });
}

/** They stand in a script that git calls. */
function checkBranches(branches: readonly string[], findings: Findings): void {
  branches.forEach((branch, index) => {
    if (/^[A-Za-z0-9*][A-Za-z0-9._/*-]*$/.test(branch)) return;
    const message = `${JSON.stringify(branch.slice(0, 60))} is no branch: letters, digits, and . _ / - or * for any of them`;
    findings.add("E_TYPE", { path: ["production_branches", index] }, { message, hint: "main, or release/*" });
  });
}

function checkFolders(
  folders: readonly string[],
  wrongFolder: (folder: string) => string | null,
  findings: Findings,
): void {
  folders.forEach((folder, index) => {
    if (folder !== "" && !/^[/~]/.test(folder) && !folder.split("/").includes("..")) {
      const message = wrongFolder(folder);
      if (message !== null) findings.add("E_OUTSIDE_ROOT", { path: ["workflows", index] }, { message });
      return;
    }
    findings.add(
      "E_OUTSIDE_ROOT",
      { path: ["workflows", index] },
      {
        message:
          folder === "" ? "an empty text names no folder" : `the folder ${folder} lies outside the project`,
        hint: "a path inside the project",
      },
    );
  });
}

function settingsOf(written: Written): Omit<ProjectSettings, "limits" | "redact" | "errors" | "targets"> {
  const agents = Object.entries(written.agents ?? {}).map(
    ([name, one]) =>
      [name, { driver: one.driver ?? null, command: one.command ?? null, args: one.args ?? [] }] as const,
  );
  const { retention } = NO_SETTINGS;
  return {
    workflows: written.workflows ?? [],
    environmentPass: written.env?.pass ?? [],
    slots: written.slots ?? null,
    durability: written.durability ?? "durable",
    budgetPerDay: dayBudgetOf(written.limits?.[BUDGET_PER_DAY] as WrittenDayBudget | undefined),
    fanOut: (written.limits?.[FAN_OUT] as number | undefined) ?? null,
    agents: new Map(agents),
    retention: {
      runsSeconds: secondsOf(written.retention?.runs ?? null) ?? retention.runsSeconds,
      logsSeconds: secondsOf(written.retention?.logs ?? null) ?? retention.logsSeconds,
      runsMin: written.retention?.min_runs ?? retention.runsMin,
    },
    checks: written.checks ?? [],
    productionBranches: written.production_branches ?? [],
  };
}
