/**
 * Whose session an attempt goes on with (formats.md 1.1), and which sessions are kept for that. Whether it is still there
 * and its driver can take it up is seen where the attempt is made: a session lies on an arm.
 */
import type { Draft, Spot } from "./draft.ts";
import type { Scope } from "./expression/expression.ts";
import type { Template } from "./expression/template.ts";
import { childRunId, timeOfId } from "./id.ts";
import { present } from "./invariant.ts";
import { failure } from "./outcome.ts";
import { type Read, readTemplate } from "./scope.ts";
import { type GoesOn, SESSION_WORDS, type SessionWord, sessionWord } from "./session-words.ts";
import type { Task } from "./workflow.ts";

/** null: it begins one of its own. */
export function goesOnOf(draft: Draft, { task, item }: Spot, scope: Scope): Read<GoesOn | null> {
  const { answered, attempt } = draft.unit({ task, item });
  const own = { task: task.id, ...(item >= 0 && { item }) };
  if (answered !== null) return good({ why: "answer", ...own, attempt: answered, passes: [] });
  if (task.session === null) return good(null);
  const read = readTemplate(task.session, scope, "session");
  if (!read.ok) return read;
  const word = sessionWord(read.value);
  if (word === "fresh") return good(null);
  if (word === "continue")
    return good({ why: "own", ...own, attempt: attempt - 1, passes: passesBefore(draft) });
  const index = word === null ? undefined : draft.workflow.indexOf.get(word.task);
  if (word !== null && index !== undefined)
    return good({ why: "task", task: word.task, attempt: draft.task(index).unit.attempt, passes: [] });
  const told =
    word === null
      ? `session must be one of ${SESSION_WORDS.join(", ")}, not ${JSON.stringify(read.value).slice(0, 100)}`
      : `session is to go on with that of task "${word.task}", which does not exist here`;
  return { ok: false, failure: failure("config_error", told) };
}

/** Whether an attempt that follows may go on with the session of this task, whatever it comes to. */
export function keepsSession({ workflow }: Draft, { id, session }: Task): boolean {
  if (session !== null && wordOf(session) !== "fresh" && !isOther(session)) return true;
  return workflow.sessions.some((one) => isNamed(one, id));
}

function isOther(session: Template): boolean {
  return typeof wordOf(session) === "object";
}

/** What an expression gives may be any. */
function isNamed(session: Template, id: string): boolean {
  if (session.kind !== "literal") return true;
  const word = wordOf(session);
  return typeof word === "object" && word.task === id;
}

/** undefined: an expression gives it. */
function wordOf(session: Template): SessionWord | undefined {
  if (session.kind !== "literal") return undefined;
  return present(sessionWord(session.value), "a session that is written out was checked");
}

/** A pass of a group is a run; the passes before it, the latest first. */
function passesBefore({ state: { id, start }, lookup }: Draft): readonly string[] {
  const { parent } = start;
  if (parent === null) return [];
  const born = timeOfId(id);
  const runOf = (attempt: number) => childRunId(born, { ...parent, attempt }, (text) => lookup.sha256(text));
  return Array.from({ length: parent.attempt - 1 }, (_, index) => runOf(parent.attempt - 1 - index));
}

function good(value: GoesOn | null): Read<GoesOn | null> {
  return { ok: true, value };
}
