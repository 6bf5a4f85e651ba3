/**
 * What a person sets for themselves, and what holds for one who sets nothing. What widens what agents may do stands here
 * and nowhere else: no project, workflow or role can.
 */
import type { Budget } from "../core/workflow.ts";
import { NO_RULES, type PermissionRules } from "./permission-rules.ts";
import type { Remotes } from "./user-remotes.ts";
import type { McpServers } from "./user-servers.ts";

export interface UserSettings {
  readonly agents: Readonly<Record<DrivenAgent, AgentUserSettings>>;
  readonly acp: AcpUserSettings;
  /** What is never asked. */
  readonly permissions: PermissionRules;
  /** What agents may be given beside their tools, by name. */
  readonly mcpServers: McpServers;
  /** What agents may use up in a day, in each project; null: no limit. */
  readonly budgetPerDay: Budget;
  /** How many agents one foreach or matrix starts without asking, in each project; null: not said. */
  readonly fanOut: number | null;
  /** Where the work of runs goes, by project; of one that is not named it goes nowhere. */
  readonly push: Remotes;
  /** Absolute paths of folders outside of a project that its workers may read and write. */
  readonly roots: readonly string[];
}

/** Drivers that a person configures. */
export type DrivenAgent = (typeof DRIVEN_AGENTS)[number];

export interface AgentUserSettings {
  /** Absolute path; null: the first in PATH. */
  readonly program: string | null;
  /** Versions to take beside the known ones, or "any". */
  readonly versions: readonly string[];
  /** The permission mode, and the widest that a workflow may ask for; null: the driver's default. */
  readonly permission: string | null;
  /** auto: variables when there are any, else the login that the program itself keeps. */
  readonly login: "auto" | "environment" | "own";
}

/** For agents that a project names: they come in any number, and each has a login of its own. */
export interface AcpUserSettings {
  /** As for the others. */
  readonly permission: string | null;
  /** Variables of the person's own that such an agent gets: credentials, mostly. */
  readonly pass: readonly string[];
  /** The protocol's name of a way to say who pays, for an agent that asks. */
  readonly authenticate: string | null;
}

/** The order in which a person is told of them. */
export const DRIVEN_AGENTS = ["claude-code", "codex", "gemini", "opencode"] as const;
const NOTHING_SAID: AgentUserSettings = { program: null, versions: [], permission: null, login: "auto" };

const NO_ACP: AcpUserSettings = { permission: null, pass: [], authenticate: null };

export const NO_USER_SETTINGS: UserSettings = {
  agents: eachAgent(() => NOTHING_SAID),
  acp: NO_ACP,
  permissions: NO_RULES,
  mcpServers: {},
  budgetPerDay: { usd: null, tokens: null },
  fanOut: null,
  push: {},
  roots: [],
};

export function eachAgent<Value>(
  makeOne: (name: DrivenAgent) => Value,
): Readonly<Record<DrivenAgent, Value>> {
  return Object.fromEntries(DRIVEN_AGENTS.map((name) => [name, makeOne(name)])) as Record<DrivenAgent, Value>;
}
