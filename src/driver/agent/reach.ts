/**
 * What an agent may do, in words that every program has for itself: read, edit, run commands, fetch from elsewhere. Read
 * from tools and permission mode. What a program cannot keep is refused by name, never passed over.
 */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
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
}

/** What a driver can keep of all that may be asked. */
export interface Keeps {
  readonly driver: string;
  readonly effort: boolean;
}

const EDITING = ["Edit", "Write", "MultiEdit", "NotebookEdit"];
const FETCHING = ["WebFetch", "WebSearch"];

/** Of an attempt that runs already: it goes on as it began, whatever the person allows by now. */
export const ASKS_NOTHING = { options: {}, agentRole: null } as const;

/** `permission`: the widest of the person; null: the default. */
export function reached(
  { options, agentRole }: Pick<AskedOfDriver, "options" | "agentRole">,
  keeps: Keeps,
  permission: string | null,
): Result<Reached> {
  const settings = agentSettings({
    driver: keeps.driver,
    options,
    role: agentRole,
    permission: permission ?? DEFAULT_PERMISSION,
  });
  if (!settings.ok) return settings;
  const unkept = unkeptIn(settings.value, keeps);
  if (unkept.length > 0) return bad(...unkept);
  const { model, effort } = settings.value;
  return good({ model, effort, reach: reachOf(settings.value) });
}

function reachOf({ permission, tools, denied }: AgentSettings): Reach {
  const isWide = permission === "bypassPermissions";
  const isOffered = (names: readonly string[]) =>
    names.some((name) => tools.includes(name) && !denied.includes(name));
  const edit = isOffered(EDITING) && (isWide || permission === "acceptEdits" || permission === "auto");
  const run = isOffered(["Bash"]) && permission !== "plan";
  const fetch = isOffered(FETCHING);
  // A role that is offered less is kept to it, however much its person allows.
  return { edit, run, fetch, all: isWide && edit && run && fetch && denied.length === 0 };
}

function unkeptIn({ allowed, denied, maxTurns, effort }: AgentSettings, keeps: Keeps): readonly Problem[] {
  const fence = [...allowed, ...denied].find((tool) => tool.includes("("));
  return [
    ...(fence === undefined ? [] : [unkept(`the pattern ${fence}`, "name the tool alone", keeps)]),
    ...(maxTurns === null ? [] : [unkept("max_turns", "timeout, or budget: { tokens: … }", keeps)]),
    ...(effort === null || keeps.effort ? [] : [unkept("effort", "leave it out", keeps)]),
  ];
}

function unkept(what: string, instead: string, { driver }: Keeps): Problem {
  return {
    code: "E_ARG",
    message: `${what} is nothing that the driver ${driver} can keep`,
    hint: `${instead}, or driver: claude-code`,
  };
}
