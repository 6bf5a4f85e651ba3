/** What an inline workflow may not do (formats.md 1.5): it is data from an agent until this says otherwise. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import type { Findings } from "./findings.ts";
import { isRole } from "./schema-agents.ts";
import { secondsOf } from "./seconds.ts";
import type { Path } from "./source.ts";
import type { InlineRules, Surroundings } from "./surroundings.ts";

/** Agents that do nothing outside, so a plan may always use them to give itself a form. */
const HARMLESS: ReadonlySet<string> = new Set(["group", "finish", "wait", "approval"]);

export function checkInline(
  definition: JsonMap,
  rules: InlineRules,
  surroundings: Surroundings,
  findings: Findings,
): void {
  const owned = definition as Record<string, Json>;
  // Whoever writes a plan as data need not name it.
  owned.name ??= "inline";
  const context = isMap(definition.context) ? definition.context : {};
  if (context.secrets !== undefined)
    notAllowed("an inline workflow has no secrets", ["context", "secrets"], findings);
  if (definition.triggers !== undefined)
    notAllowed("an inline workflow has no triggers", ["triggers"], findings);
  if (definition.hooks !== undefined && !rules.allow.has("hooks"))
    notAllowed("an inline workflow has no hooks", ["hooks"], findings, "allow: [hooks]");
  checkSettings(definition.settings, rules, findings);
  const count = checkTasks(definition.tasks, ["tasks"], { rules, surroundings, findings });
  if (count <= rules.tasksMax) return;
  findings.add(
    "E_TOO_LARGE",
    { path: ["tasks"] },
    { message: `an inline workflow may have ${rules.tasksMax} tasks here, this one has ${count}` },
  );
}

function notAllowed(message: string, path: Path, findings: Findings, hint?: string): void {
  findings.add("E_NOT_ALLOWED", { path }, { message, hint });
}

interface Checking {
  readonly rules: InlineRules;
  readonly surroundings: Surroundings;
  readonly findings: Findings;
}

function checkTasks(list: Json | undefined, path: Path, checking: Checking): number {
  if (!Array.isArray(list)) return 0;
  let count = list.length;
  list.forEach((task: Json, index) => {
    if (!isMap(task)) return;
    const here = [...path, index];
    checkAgents(task, here, checking);
    const parameters = isMap(task.parameters) ? task.parameters : {};
    if (task.agent !== "group") return;
    if (parameters.hooks !== undefined && !checking.rules.allow.has("hooks"))
      notAllowed("an inline workflow has no hooks", [...here, "parameters", "hooks"], checking.findings);
    count += checkTasks(parameters.tasks, [...here, "parameters", "tasks"], checking);
  });
  return count;
}

function checkAgents(task: JsonMap, path: Path, { rules, surroundings, findings }: Checking): void {
  const named: (readonly [Json | undefined, Path])[] = [
    [task.agent, [...path, "agent"]],
    [isMap(task.repair) ? task.repair.agent : undefined, [...path, "repair", "agent"]],
    [isMap(task.fallback) ? task.fallback.agent : undefined, [...path, "fallback", "agent"]],
  ];
  for (const [agent, at] of named) {
    if (typeof agent !== "string" || rules.allow.has(agent) || HARMLESS.has(agent)) continue;
    // No list given: the project's roles.
    if (rules.allow.size === 0 && isRole(agent, surroundings)) continue;
    notAllowed(
      `an inline workflow may not use the agent "${agent}"`,
      at,
      findings,
      `allowed: ${[...rules.allow].join(", ") || "the project's roles"}`,
    );
  }
  const approval = isMap(task.approval) ? task.approval : {};
  if (approval.mode === "none" && !rules.allow.has("approval-bypass"))
    notAllowed("an inline workflow cannot turn an approval off", [...path, "approval", "mode"], findings);
}

/** Limits not above what is left of the parent's. */
function checkSettings(written: Json | undefined, rules: InlineRules, findings: Findings): void {
  if (!isMap(written)) return;
  const budget = isMap(written.budget) ? written.budget : {};
  const asked: (readonly [number | null, number | null, Path])[] = [
    [secondsOf(written.timeout ?? null), rules.timeoutSeconds, ["settings", "timeout"]],
    [numberOf(written.max_parallel), rules.maxParallel, ["settings", "max_parallel"]],
    [numberOf(budget.usd), rules.budget.usd, ["settings", "budget", "usd"]],
    [numberOf(budget.tokens), rules.budget.tokens, ["settings", "budget", "tokens"]],
  ];
  for (const [value, left, path] of asked) {
    if (value === null || left === null || value <= left) continue;
    findings.add(
      "E_RANGE",
      { path },
      { message: `${String(path.at(-1))} ${value} is more than the ${left} that are left of the parent's` },
    );
  }
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}
