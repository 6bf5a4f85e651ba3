/**
 * What an agent may do, in words that every program has for itself: read, edit, run commands, fetch from elsewhere. Read
 * from tools and permission mode. What a program cannot keep is refused by name, never passed over.
 */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { NO_RULES, type PermissionRules } from "../../spec/permission-rules.ts";
import type { AskedOfDriver } from "../driver.ts";
import { type AgentSettings, agentSettings, DEFAULT_PERMISSION } from "./settings.ts";

export interface Reach {
  readonly edit: boolean;
  readonly run: boolean;
  readonly fetch: boolean;
  /** The person allows everything, without a question and without a fence. */
  readonly all: boolean;
}

export interface Reached {
  readonly reach: Reach;
  readonly model: string | null;
  readonly effort: string | null;
  /** What the person allows ever, as far as it holds here. */
  readonly standing: readonly string[];
  /** Tools of which a person may still allow a call: no plan, and neither role nor task denies them. */
  readonly askable: readonly string[];
}

/** What a driver can keep of all that may be asked. */
export interface Keeps {
  readonly driver: string;
  readonly effort: boolean;
  /** It is asked before each call, so that rules of the person about a part of what a tool does can be kept. */
  readonly rules: boolean;
  /** It edits by its shell: who offers the one offers the other. */
  readonly isShell?: boolean;
}

/** What the person says of all agents of one driver. */
export interface PersonSays {
  /** The widest permission mode; null: the default. */
  readonly permission: string | null;
  /** Absent: none. */
  readonly rules?: PermissionRules;
}

const EDITING = ["Edit", "Write", "MultiEdit", "NotebookEdit"];
const FETCHING = ["WebFetch", "WebSearch"];

/** Of an attempt that runs already: it goes on as it began, whatever the person allows by now. */
export const ASKS_NOTHING = { options: {}, agentRole: null } as const;

export function reached(
  { options, agentRole }: Pick<AskedOfDriver, "options" | "agentRole">,
  keeps: Keeps,
  { permission, rules = NO_RULES }: PersonSays,
): Result<Reached> {
  const settings = agentSettings({
    driver: keeps.driver,
    options,
    role: agentRole,
    permission: permission ?? DEFAULT_PERMISSION,
    rules: keeps.rules ? { ...rules, refuse: [] } : rules,
  });
  if (!settings.ok) return settings;
  const problems = unkeptIn(settings.value, keeps, rules);
  if (problems.length > 0) return bad(...problems);
  const { model, effort, standing } = settings.value;
  // Who answers each call keeps refusals by itself.
  const refused = keeps.rules ? [] : rules.refuse;
  const reach = reachOf(settings.value, refused);
  if (keeps.isShell === true && reach.edit && refused.includes("Bash"))
    return bad(unkept("Bash of permissions.refuse beside Edit or Write", "offer neither of them", keeps));
  return good({ model, effort, standing, askable: askableIn(settings.value), reach });
}

function askableIn({ permission, denied }: AgentSettings): readonly string[] {
  return permission === "plan" ? [] : ["Bash", ...FETCHING].filter((tool) => !denied.includes(tool));
}

function reachOf({ permission, tools, denied }: AgentSettings, refused: readonly string[]): Reach {
  const isWide = permission === "bypassPermissions";
  const isOffered = (names: readonly string[]) =>
    names.some((name) => tools.includes(name) && !denied.includes(name));
  const edit = isOffered(EDITING) && (isWide || permission === "acceptEdits" || permission === "auto");
  const run = isOffered(["Bash"]) && permission !== "plan";
  // One word stands for both: whoever refuses one of them ever gets neither.
  const fetch = isOffered(FETCHING) && !FETCHING.some((name) => refused.includes(name));
  // A role that is offered less is kept to it, however much its person allows.
  return { edit, run, fetch, all: isWide && edit && run && fetch && denied.length === 0 };
}

function unkeptIn(
  { written, denied, maxTurns, effort }: AgentSettings,
  keeps: Keeps,
  { refuse }: PermissionRules,
): readonly Problem[] {
  // That a person allows the same ever makes no fence of it: the tool would be offered whole.
  const fence = written.find(isPattern);
  const refused = denied.find((tool) => isPattern(tool) && refuse.includes(tool));
  return [
    ...(fence === undefined ? [] : [unkept(`the pattern ${fence}`, "name the tool alone", keeps)]),
    ...(refused === undefined
      ? []
      : [unkept(`${refused} of permissions.refuse in your configuration`, "refuse the tool alone", keeps)]),
    ...(maxTurns === null ? [] : [unkept("max_turns", "timeout, or budget: { tokens: … }", keeps)]),
    ...(effort === null || keeps.effort ? [] : [unkept("effort", "leave it out", keeps)]),
  ];
}

function isPattern(tool: string): boolean {
  return tool.includes("(");
}

function unkept(what: string, instead: string, { driver }: Keeps): Problem {
  return {
    code: "E_ARG",
    message: `${what} is nothing that the driver ${driver} can keep`,
    hint: `${instead}, or driver: claude-code`,
  };
}
