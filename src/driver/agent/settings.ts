/**
 * How an agent is set for one attempt: the task's options over its role, both within what the person allows. Words from a
 * workflow or a role choose among what is listed here; they never become an option of a program. Roles are written for
 * Claude Code, so its names of tools and permission modes are the house's; other drivers read them (reach.ts).
 */
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Role } from "../../core/workflow.ts";
import { NO_RULES, type PermissionRules, toolOf, type WantedCall } from "../../spec/permission-rules.ts";
import { isOf, isOfServer, serversIn } from "./servers.ts";

export interface AgentSettings {
  readonly model: string | null;
  readonly effort: string | null;
  readonly maxTurns: number | null;
  readonly permission: string;
  /** What is offered: names without the patterns in brackets. */
  readonly tools: readonly string[];
  /** What is allowed beside what the permission mode allows by itself. */
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  /** The person's MCP servers that are used. */
  readonly servers: readonly string[];
  /** Of these what role, task and answers say themselves, without what the person says ever. */
  readonly written: readonly string[];
  /** What the person allows ever, as far as it holds here. */
  readonly standing: readonly string[];
}

/** From the narrowest to the widest; a workflow may ask for less than the person allows, never for more. */
const MODES: readonly (readonly string[])[] = [
  ["plan"],
  ["default", "manual", "dontAsk"],
  ["acceptEdits"],
  ["auto"],
  ["bypassPermissions"],
];
export const DEFAULT_PERMISSION = "acceptEdits";
const EFFORTS = ["low", "medium", "high", "xhigh", "max"];

/** For a role that names no tools: files of the workspace, and no command. */
export const DEFAULT_TOOLS: readonly string[] = ["Read", "Glob", "Grep", "Edit", "Write", "NotebookEdit"];
/** Allowed by name they would reach beyond the workspace; the permission mode allows them inside it. */
const FILE_TOOLS: ReadonlySet<string> = new Set([...DEFAULT_TOOLS, "MultiEdit", "LS", "NotebookRead"]);

// No brackets inside: claude reads what stands behind the first closing one as further tools.
const TOOL = /^(?:mcp__[A-Za-z0-9_-]+|[A-Za-z][A-Za-z0-9_]*(?:\([^()\0\r\n]*\))?)$/;
const RULE_MAX = 300;
const HOST = /^[a-z0-9.-]+$/i;

/** The rule that would allow just what was denied; null where none can be written, or files are meant. */
export function ruleFor(denial: JsonMap): string | null {
  const given = inputOf(denial);
  switch (own(denial, "tool_name")) {
    case "Bash": {
      const rule = `Bash(${String(given("command") ?? "")})`;
      // A star in a rule stands for anything, and a person has seen this command alone.
      const isExact = rule.length <= RULE_MAX && rule !== "Bash()" && TOOL.test(rule) && !/[*\\]/.test(rule);
      return isExact ? rule : null;
    }
    case "WebFetch": {
      const url = URL.parse(String(given("url") ?? ""));
      return url !== null && HOST.test(url.hostname) ? `WebFetch(domain:${url.hostname})` : null;
    }
    case "WebSearch":
      return "WebSearch";
    default:
      return null;
  }
}

/** What was denied, for rules that may be the reason; null: of files and others. */
export function wantedIn(denial: JsonMap): WantedCall | null {
  const given = inputOf(denial);
  switch (own(denial, "tool_name")) {
    case "Bash":
      return { tool: "Bash", about: String(given("command") ?? "") };
    case "WebFetch":
      return {
        tool: "WebFetch",
        about: `domain:${URL.parse(String(given("url") ?? ""))?.hostname ?? ""}`,
      };
    case "WebSearch":
      return { tool: "WebSearch", about: null };
    default:
      return null;
  }
}

function inputOf(denial: JsonMap): (name: string) => Json | undefined {
  const input = own(denial, "tool_input");
  return (name) => (isMap(input) ? own(input, name) : undefined);
}

const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,199}$/;

export interface Asked {
  /** Under this name the person allows more. */
  readonly driver: string;
  readonly options: JsonMap;
  readonly role: Role | null;
  /** Rules that a person allowed when an earlier attempt asked; absent: none. */
  readonly allows?: readonly string[];
  /** The widest permission mode of the person. */
  readonly permission: string;
  /** What the person allows and refuses ever; absent: nothing. */
  readonly rules?: PermissionRules;
  /** Names of the person's MCP servers; absent: the driver can give it none. */
  readonly servers?: readonly string[];
}

export function agentSettings({
  driver,
  options,
  role,
  permission,
  allows = [],
  rules = NO_RULES,
  servers: known,
}: Asked): Result<AgentSettings> {
  const problems: Problem[] = [];
  const mode = chosenMode({ driver, options, role, permission }, problems);
  const tools = toolsIn(options, "tools", role?.tools ?? null, problems) ?? DEFAULT_TOOLS;
  const deniedHere = toolsIn(options, "denied_tools", role?.deniedTools ?? null, problems) ?? [];
  const model = wordIn(options, "model", role?.model ?? null);
  if (model !== null && !MODEL.test(model))
    problems.push(notAllowed(from(options, "model"), model, "the name of a model"));
  const effort = wordIn(options, "effort", null);
  if (effort !== null && !EFFORTS.includes(effort))
    problems.push(notAllowed("options.effort", effort, EFFORTS.join(", ")));
  const turns = own(options, "max_turns");
  checkSkills(options, role, problems);
  for (const key of role?.unsupported ?? []) problems.push(later(`the role's ${key}`));
  const servers = serversIn({ driver, role, tools, known }, problems);
  if (problems.length > 0) return bad(...problems);
  const names = [...tools, ...allows].map(toolOf);
  const standing = standingHere(rules, mode, deniedHere);
  return good({
    model,
    effort,
    maxTurns: typeof turns === "number" ? turns : (role?.maxTurns ?? null),
    permission: mode,
    tools: [...new Set(names)].filter((name) => !isOfServer(name)),
    allowed: [
      ...tools.filter((tool) => !FILE_TOOLS.has(tool)),
      ...servers.filter((name) => !tools.some((tool) => isOf(name, tool))).map((name) => `mcp__${name}`),
      ...allows,
      ...standing.filter((rule) => names.includes(toolOf(rule))),
    ],
    denied: [...deniedHere, ...rules.refuse],
    servers,
    written: [...tools, ...allows, ...deniedHere],
    standing,
  });
}

/** A plan stays a plan, and what a role or task denies stays denied. */
function standingHere(
  { allow }: PermissionRules,
  mode: string,
  denied: readonly string[],
): readonly string[] {
  if (mode === "plan") return [];
  return allow.filter((rule) => !denied.includes(rule) && !denied.includes(toolOf(rule)));
}

function chosenMode({ driver, options, role, permission: widest }: Asked, problems: Problem[]): string {
  const asked = wordIn(options, "permission", role?.permission ?? null);
  if (asked === null || asked === widest) return widest;
  const [wanted, allowed] = [asked, widest].map((mode) => MODES.findIndex((group) => group.includes(mode)));
  if (wanted !== undefined && allowed !== undefined && wanted !== -1 && wanted <= allowed) return asked;
  const field = from(options, "permission");
  if (wanted === -1) problems.push(notAllowed(field, asked, MODES.flat().join(", ")));
  else
    problems.push({
      code: "E_ARG",
      message: `${field} asks for ${asked}, which is wider than ${widest}`,
      hint: `only a person allows more, in their own configuration: agents.${driver}.permission`,
    });
  return widest;
}

function toolsIn(
  options: JsonMap,
  key: "tools" | "denied_tools",
  ofRole: readonly string[] | null,
  problems: Problem[],
): readonly string[] | null {
  const written: Json | undefined = own(options, key);
  const tools = Array.isArray(written) ? written.map(String) : ofRole;
  for (const tool of tools ?? [])
    if (!TOOL.test(tool))
      problems.push(notAllowed(from(options, key), tool, "names of tools, such as Read or Bash(npm test)"));
  return tools;
}

function wordIn(options: JsonMap, key: string, otherwise: string | null): string | null {
  const value = own(options, key);
  return typeof value === "string" ? value : otherwise;
}

/** Where a value comes from, for the person who has to change it. */
function from(options: JsonMap, key: string): string {
  return own(options, key) === undefined ? `the role's ${key}` : `options.${key}`;
}

function notAllowed(field: string, value: string, allowed: string): Problem {
  return {
    code: "E_ARG",
    message: `${field} cannot be ${JSON.stringify(value.slice(0, 80))}`,
    hint: allowed,
  };
}

/** Names of those that the agent is told. What an expression gave may be any. */
export function skillsOf(options: JsonMap, role: Role | null): readonly string[] {
  const written = own(options, "skills");
  return Array.isArray(written) ? written.map(String) : (role?.skills ?? []);
}

function checkSkills(options: JsonMap, role: Role | null, problems: Problem[]): void {
  const known = role?.skillTexts ?? {};
  for (const name of skillsOf(options, role))
    if (!Object.hasOwn(known, name))
      problems.push(
        notAllowed(from(options, "skills"), name, `a skill that the file names; here: ${Object.keys(known)}`),
      );
}

function later(what: string): Problem {
  return {
    code: "E_NOT_IN_THIS_VERSION",
    message: `${what} is not carried out by this version yet`,
    hint: "leave it out, or rehearse with --rehearse",
  };
}
