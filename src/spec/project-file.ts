/** decapod.yaml (formats.md 8). */
import * as z from "zod/mini";
import type { JsonMap } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { checkShape } from "./issues.ts";
import { readText } from "./read.ts";
import {
  block,
  duration,
  filled,
  listOf,
  mapOf,
  maybe,
  number,
  oneOf,
  texts,
  whole,
} from "./schema-words.ts";
import { secondsOf } from "./seconds.ts";

export interface AgentSetting {
  readonly driver: string | null;
  readonly command: string | null;
  readonly args: readonly string[];
}

export interface ProjectSettings {
  /** Folders with workflows, relative to the project. */
  readonly workflows: readonly string[];
  readonly environmentPass: readonly string[];
  /** null: the default of the arm. */
  readonly slots: number | null;
  readonly durability: "durable" | "fast";
  /** Changed limits, by the name in the table of limits. */
  readonly limits: Readonly<Record<string, number>>;
  readonly agents: ReadonlyMap<string, AgentSetting>;
  /** Texts that are redacted from everything. */
  readonly redact: readonly string[];
  readonly retention: {
    readonly runsSeconds: number;
    readonly logsSeconds: number;
    readonly runsMin: number;
  };
  /** Commands of the merge queue. */
  readonly checks: readonly string[];
}

const DAY_SECONDS = 86_400;

export const NO_SETTINGS: ProjectSettings = {
  workflows: [],
  environmentPass: [],
  slots: null,
  durability: "durable",
  limits: {},
  agents: new Map(),
  redact: [],
  retention: { runsSeconds: 90 * DAY_SECONDS, logsSeconds: 30 * DAY_SECONDS, runsMin: 50 },
  checks: [],
};

const agent = block("an agent", { driver: maybe(filled), command: maybe(filled), args: maybe(texts) });

export const projectFile = block("decapod.yaml", {
  workflows: maybe(texts),
  env: maybe(block("env", { pass: maybe(listOf(filled, "names")) })),
  slots: maybe(whole(1, 1000)),
  durability: maybe(oneOf("durable", "fast")),
  limits: maybe(mapOf(number(0, Number.MAX_SAFE_INTEGER), "numbers")),
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
});

/** What the schema says each key holds. */
interface Written {
  readonly workflows?: readonly string[];
  readonly env?: { readonly pass?: readonly string[] };
  readonly slots?: number;
  readonly durability?: "durable" | "fast";
  readonly limits?: Readonly<Record<string, number>>;
  readonly agents?: Readonly<
    Record<string, { readonly driver?: string; readonly command?: string; readonly args?: readonly string[] }>
  >;
  readonly redact?: readonly string[];
  readonly retention?: {
    readonly runs?: string | number;
    readonly logs?: string | number;
    readonly min_runs?: number;
  };
  readonly checks?: readonly string[];
}

export function readProjectFile(file: string, bytes: Uint8Array | string): Result<ProjectSettings> {
  const raw = readText(file, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value ?? {}, findings);
  checkShape(projectFile, value, [], findings);
  const written = value as JsonMap as Written;
  checkFolders(written.workflows ?? [], findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  return good(settingsOf(written));
}

function checkFolders(folders: readonly string[], findings: Findings): void {
  folders.forEach((folder, index) => {
    if (!folder.startsWith("/") && !folder.split("/").includes("..")) return;
    findings.add(
      "E_OUTSIDE_ROOT",
      { path: ["workflows", index] },
      { message: `the folder ${folder} lies outside the project`, hint: "a path inside the project" },
    );
  });
}

function settingsOf(written: Written): ProjectSettings {
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
    limits: written.limits ?? {},
    agents: new Map(agents),
    redact: written.redact ?? [],
    retention: {
      runsSeconds: secondsOf(written.retention?.runs ?? null) ?? retention.runsSeconds,
      logsSeconds: secondsOf(written.retention?.logs ?? null) ?? retention.logsSeconds,
      runsMin: written.retention?.min_runs ?? retention.runsMin,
    },
    checks: written.checks ?? [],
  };
}
