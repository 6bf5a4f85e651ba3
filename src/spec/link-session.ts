/** Whose session an attempt goes on with. */
import type { Json, JsonMap } from "../core/json.ts";
import { SESSION_WORDS, sessionWord } from "../core/session-words.ts";
import { Ancestors } from "./link-graph.ts";
import type { Place } from "./link-text.ts";
import { nearest } from "./nearest.ts";
import { isRole } from "./schema-agents.ts";

/** `fresh`, `continue`, or `continue:TASK` of a task that has ended by then. */
export function checkSession(value: Json | undefined, place: Place): void {
  if (typeof value !== "string" || value.includes("${")) return;
  const { level, task } = place;
  const { findings } = level.root;
  const spot = { path: [...place.path, "session"] };
  const word = sessionWord(value);
  if (word === "fresh" || word === "continue") return;
  if (word === null) {
    const message = `session must be one of ${SESSION_WORDS.join(", ")}, not "${value}"`;
    return findings.add("E_CHOICE", spot, { message, hint: nearest(value, SESSION_WORDS) });
  }
  const { task: name } = word;
  const target = level.ids.get(name);
  if (target === undefined || target >= level.size) {
    const message = `task "${name}" does not exist here`;
    findings.add("E_UNKNOWN_TASK", spot, { message, hint: nearest(name, level.ids.keys()) });
  } else if (!new Ancestors(level).has(task, target)) {
    const message = `${name} need not have ended when its session is to go on`;
    findings.add("E_REF_NOT_ANCESTOR", spot, { message, hint: `dependencies: [${name}]` });
  } else {
    const why = sessionlessText(level.raws[target]?.value ?? {}, place);
    if (why === null) return;
    findings.add("E_CHOICE", spot, {
      message: `${name} ${why}`,
      hint: "the session of one task of an agent",
    });
  }
}

/** Why there is no session to go on with; null when there is one. */
function sessionlessText({ agent, foreach, matrix }: JsonMap, { level }: Place): string | null {
  const name = String(agent);
  if (!isRole(name, level.root.surroundings)) return `is done by ${name}, which has no session`;
  return foreach === undefined && matrix === undefined ? null : "has a session for each of its items";
}
