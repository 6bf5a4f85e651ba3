/**
 * The person's own configuration, `config.yaml` in decapod's folder of theirs. What widens what agents may do stands here
 * and nowhere else: no project, workflow or role can.
 */
import { basename, dirname, isAbsolute, join } from "node:path";
import * as z from "zod/mini";
import { FAN_OUT, FAN_OUT_MAX } from "../core/fan-out.ts";
import type { JsonMap } from "../core/json.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Budget } from "../core/workflow.ts";
import type { Files } from "../port/files.ts";
import { BUDGET_PER_DAY, dayBudget, dayBudgetOf, type WrittenDayBudget } from "./day-budget.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { checkShape } from "./issues.ts";
import { isRule, NO_RULES, type PermissionRules, RULE_FORMS } from "./permission-rules.ts";
import { readText } from "./read.ts";
import { block, either, filled, listOf, maybe, oneOf, texts, whole } from "./schema-words.ts";
import { checkServers, type McpServers, mcpServers } from "./user-servers.ts";

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
/** By this word a person chooses the login that the program itself keeps. */
const OWN_LOGIN: Readonly<Record<DrivenAgent, string>> = {
  "claude-code": "claude",
  codex: "codex",
  gemini: "gemini",
  opencode: "opencode",
};

const NOTHING_SAID: AgentUserSettings = { program: null, versions: [], permission: null, login: "auto" };

const NO_ACP: AcpUserSettings = { permission: null, pass: [], authenticate: null };

export const NO_USER_SETTINGS: UserSettings = {
  agents: eachAgent(() => NOTHING_SAID),
  acp: NO_ACP,
  permissions: NO_RULES,
  mcpServers: {},
  budgetPerDay: dayBudgetOf(undefined),
  fanOut: null,
  roots: [],
};

const permission = oneOf("plan", "default", "dontAsk", "acceptEdits", "auto", "bypassPermissions");
const acp = block("acp", {
  permission: maybe(permission),
  pass: maybe(texts),
  authenticate: maybe(filled),
});

export const userFile = block("the configuration", {
  agents: maybe(block("agents", { ...eachAgent((name) => maybe(agentShape(name))), acp: maybe(acp) })),
  permissions: maybe(block("permissions", { allow: maybe(texts), refuse: maybe(texts) })),
  mcp_servers: maybe(mcpServers),
  roots: maybe(listOf(filled, "folders")),
  limits: maybe(
    block("limits of the configuration", {
      [FAN_OUT]: maybe(whole(0, FAN_OUT_MAX)),
      [BUDGET_PER_DAY]: maybe(dayBudget),
    }),
  ),
});

function agentShape(name: DrivenAgent) {
  return block(name, {
    program: maybe(filled),
    versions: maybe(either("any or a list of versions", z.literal("any"), texts)),
    permission: maybe(permission),
    login: maybe(oneOf("auto", "environment", OWN_LOGIN[name])),
  });
}

function eachAgent<Value>(makeOne: (name: DrivenAgent) => Value): Readonly<Record<DrivenAgent, Value>> {
  return Object.fromEntries(DRIVEN_AGENTS.map((name) => [name, makeOne(name)])) as Record<DrivenAgent, Value>;
}

interface Written {
  readonly agents?: Partial<Readonly<Record<DrivenAgent, WrittenAgent>>> & {
    readonly acp?: Partial<AcpUserSettings>;
  };
  readonly permissions?: Partial<PermissionRules>;
  readonly mcp_servers?: McpServers;
  readonly roots?: readonly string[];
  readonly limits?: { readonly [FAN_OUT]?: number; readonly [BUDGET_PER_DAY]?: WrittenDayBudget };
}

interface WrittenAgent {
  readonly program?: string;
  readonly versions?: "any" | readonly string[];
  readonly permission?: string;
  readonly login?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** null: this environment has no home to look in. */
export function userFilePath(environment: Environment, name = "config.yaml"): string | null {
  const { XDG_CONFIG_HOME: config, HOME: home } = environment;
  if (config !== undefined && isAbsolute(config)) return join(config, "decapod", name);
  return home === undefined || !isAbsolute(home) ? null : join(home, ".config", "decapod", name);
}

/** Why a file of the person's own may not lie there; null where it may. */
export function insideProject(
  path: string,
  {
    environment,
    root,
    files,
  }: { readonly environment: Environment; readonly root: string; readonly files: Files },
): Problem | null {
  const home = environment.HOME ?? "";
  const isHomeInside = isAbsolute(home) && isInside(root, home, files);
  if (isHomeInside || !isInside(root, path, files)) return null;
  return {
    code: "E_NOT_ALLOWED",
    message: `your configuration ${path} lies inside the project, which must not decide what you allow`,
    hint: `put it elsewhere: XDG_CONFIG_HOME, or ~/.config/decapod/${basename(path)}`,
  };
}

export function readUserSettings(
  environment: Environment,
  projectRoot: string,
  files: Files,
): Result<UserSettings> {
  const path = userFilePath(environment);
  if (path === null || files.statTarget(path) === null) return good(NO_USER_SETTINGS);
  const inside = insideProject(path, { environment, root: projectRoot, files });
  if (inside !== null) return bad(inside);
  return readUserFile(path, files.readBytes(path));
}

/** Also by way of a link. What is not there would lie where its folder does. */
export function isInside(root: string, path: string, files: Files): boolean {
  if (files.statTarget(path) === null) return dirname(path) !== path && isInside(root, dirname(path), files);
  return `${files.realPath(path)}/`.startsWith(`${files.realPath(root)}/`);
}

export function readUserFile(path: string, bytes: Uint8Array | string): Result<UserSettings> {
  const raw = readText(path, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value ?? {}, findings);
  checkShape(userFile, value, [], findings);
  const {
    agents = {},
    permissions = {},
    mcp_servers: servers = {},
    roots = [],
    limits,
  } = value as JsonMap as Written;
  if (findings.problems.length === 0) {
    checkPrograms(agents, findings);
    checkRules(permissions, findings);
    checkServers(servers, findings);
    checkRoots(roots, findings);
  }
  if (findings.problems.length > 0) return bad(...findings.sorted());
  return good({
    agents: eachAgent((name) => settingsOf(agents[name] ?? {})),
    acp: { ...NO_ACP, ...agents.acp },
    permissions: { ...NO_RULES, ...permissions },
    mcpServers: servers,
    budgetPerDay: dayBudgetOf(limits?.[BUDGET_PER_DAY]),
    fanOut: limits?.[FAN_OUT] ?? null,
    roots,
  });
}

function checkPrograms(agents: NonNullable<Written["agents"]>, findings: Findings): void {
  for (const name of DRIVEN_AGENTS) {
    const program = agents[name]?.program;
    if (program === undefined || isAbsolute(program)) continue;
    const message = `program must be an absolute path, not ${program}`;
    findings.add("E_ARG", { path: ["agents", name, "program"] }, { message });
  }
}

/** All of a disk is no place to open. */
function checkRoots(roots: readonly string[], findings: Findings): void {
  for (const [index, root] of roots.entries()) {
    if (isAbsolute(root) && dirname(root) !== root) continue;
    const message = `a root must be the absolute path of a folder, not ${root}`;
    findings.add("E_ARG", { path: ["roots", index] }, { message, hint: "roots: [/srv/site]" });
  }
}

function checkRules(permissions: Partial<PermissionRules>, findings: Findings): void {
  for (const answer of ["allow", "refuse"] as const)
    for (const [index, rule] of (permissions[answer] ?? []).entries()) {
      if (isRule(rule)) continue;
      const message = `${JSON.stringify(rule.slice(0, 80))} is no rule; one is ${RULE_FORMS}`;
      findings.add("E_ARG", { path: ["permissions", answer, index] }, { message });
    }
}

function settingsOf({ program, versions = [], permission, login = "auto" }: WrittenAgent): AgentUserSettings {
  return {
    program: program ?? null,
    versions: versions === "any" ? ["any"] : versions,
    permission: permission ?? null,
    login: login === "auto" || login === "environment" ? login : "own",
  };
}
