/** What decapod.yaml sets, and what holds in a project without one. The file is read by a part that others do not load. */
import type { ErrorTable } from "../core/error-rule.ts";
import type { Limits } from "../core/limits.ts";
import type { Budget } from "../core/workflow.ts";
import type { Targets } from "./target.ts";

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
  /** Limits made smaller, by their names in the table. */
  readonly limits: Limits;
  /** What its agents may use up in a day; null: no limit. */
  readonly budgetPerDay: Budget;
  /** How many agents one foreach or matrix starts without asking; null: not said. */
  readonly fanOut: number | null;
  readonly agents: ReadonlyMap<string, AgentSetting>;
  /** What is replaced wherever something of an attempt is kept, beside its secrets. */
  readonly redact: readonly RedactedText[];
  readonly retention: {
    readonly runsSeconds: number;
    readonly logsSeconds: number;
    readonly runsMin: number;
  };
  /** Commands of the merge queue. */
  readonly checks: readonly string[];
  /** Branches, `*` for any letters, that a push to is a deploy to production. */
  readonly productionBranches: readonly string[];
  /** Where deploys go, by environment. */
  readonly targets: Targets;
  /** How failures of its programs are told apart, before what is built in. */
  readonly errors: ErrorTable;
}

/** A text as it is, or what a variable of decapod's own environment holds. */
export type RedactedText = { readonly text: string } | { readonly env: string };

const DAY_SECONDS = 86_400;

export const NO_SETTINGS: ProjectSettings = {
  workflows: [],
  environmentPass: [],
  slots: null,
  durability: "durable",
  limits: {},
  budgetPerDay: { usd: null, tokens: null },
  fanOut: null,
  agents: new Map(),
  redact: [],
  retention: { runsSeconds: 90 * DAY_SECONDS, logsSeconds: 30 * DAY_SECONDS, runsMin: 50 },
  checks: [],
  productionBranches: [],
  targets: new Map(),
  errors: [],
};
