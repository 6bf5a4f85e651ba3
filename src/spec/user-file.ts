/** The person's own configuration, `config.yaml` in decapod's folder of theirs. */
import { dirname, isAbsolute } from "node:path";
import * as z from "zod/mini";
import { FAN_OUT, FAN_OUT_MAX } from "../core/fan-out.ts";
import type { JsonMap } from "../core/json.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { BUDGET_PER_DAY, dayBudget, dayBudgetOf, type WrittenDayBudget } from "./day-budget.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { isRule, type PermissionRules, RULE_FORMS } from "./permission-rules.ts";
import { readText } from "./read.ts";
import { block, either, filled, listOf, mapOf, maybe, oneOf, texts, whole } from "./schema-words.ts";
import { checkShape } from "./shape.ts";
import { checkRemotes, type Remotes } from "./user-remotes.ts";
import { checkServers, type McpServers, mcpServers } from "./user-servers.ts";
import {
  type AcpUserSettings,
  type AgentUserSettings,
  DRIVEN_AGENTS,
  type DrivenAgent,
  eachAgent,
  NO_USER_SETTINGS,
  type UserSettings,
} from "./user-settings.ts";

/** By this word a person chooses the login that the program itself keeps. */
const OWN_LOGIN: Readonly<Record<DrivenAgent, string>> = {
  "claude-code": "claude",
  codex: "codex",
  gemini: "gemini",
  opencode: "opencode",
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
  push: maybe(mapOf(filled, "addresses")),
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

interface Written {
  readonly agents?: Partial<Readonly<Record<DrivenAgent, WrittenAgent>>> & {
    readonly acp?: Partial<AcpUserSettings>;
  };
  readonly permissions?: Partial<PermissionRules>;
  readonly mcp_servers?: McpServers;
  readonly push?: Remotes;
  readonly roots?: readonly string[];
  readonly limits?: { readonly [FAN_OUT]?: number; readonly [BUDGET_PER_DAY]?: WrittenDayBudget };
}

interface WrittenAgent {
  readonly program?: string;
  readonly versions?: "any" | readonly string[];
  readonly permission?: string;
  readonly login?: string;
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
    push = {},
    roots = [],
    limits,
  } = value as JsonMap as Written;
  if (findings.problems.length === 0) {
    checkPrograms(agents, findings);
    checkRules(permissions, findings);
    checkServers(servers, findings);
    checkRemotes(push, findings);
    checkRoots(roots, findings);
  }
  if (findings.problems.length > 0) return bad(...unshown(findings.sorted()));
  return good({
    agents: eachAgent((name) => settingsOf(agents[name] ?? {})),
    acp: { ...NO_USER_SETTINGS.acp, ...agents.acp },
    permissions: { ...NO_USER_SETTINGS.permissions, ...permissions },
    mcpServers: servers,
    budgetPerDay: dayBudgetOf(limits?.[BUDGET_PER_DAY]),
    fanOut: limits?.[FAN_OUT] ?? null,
    push,
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

/** The line of an address, and those around it, may hold a key: where it stands is said, and it is not shown (O6). */
function unshown(problems: readonly Problem[]): readonly Problem[] {
  const secret = problems.filter(({ code }) => code === "E_REMOTE");
  if (secret.length === 0) return problems;
  return secret.map(({ code, message, hint, at }) => {
    const where = at === undefined ? "" : ` (${at.file}:${at.line})`;
    return { code, message: `${message}${where}`, ...(hint !== undefined && { hint }) };
  });
}
