/** What an agent is told that goes on with a session: what is new to it (formats.md 1.3, 1.7). */
import type { Assignment } from "../core/event.ts";
import type { Failure, GivenAnswer } from "../core/outcome.ts";
import type { GoesOn } from "../core/session-words.ts";
import { type BriefAround, briefOf, doneText, quoted } from "./brief.ts";

/** `failed`: what its last attempt came to, when that was a failure. */
export function turnOf(
  assignment: Assignment,
  { why, task }: GoesOn,
  around: BriefAround & { readonly failed: Failure | null },
): string {
  const answer = why === "answer" ? assignment.answers.at(-1) : undefined;
  if (answer !== undefined)
    return `${[answerText(answer, assignment), ...whereText(assignment, around)].join("\n\n")}\n`;
  const { failed } = around;
  const parts = [
    why === "own"
      ? "You go on in this session, in which you were at this task before. This is what to do now."
      : `You go on in this session, in which task ${task} was done. This is what to do now.`,
    ...(why === "own" && failed !== null
      ? [`The attempt before did not count:\n\n${quoted(`${failed.class}: ${failed.message}`)}`]
      : []),
    ...whereText(assignment, around),
    briefOf(assignment, { ...around, memory: null }),
  ];
  return parts.join("\n\n");
}

function answerText({ kind, asked, answer }: GivenAnswer, assignment: Assignment): string {
  switch (kind) {
    case "question":
      return `A person answers your question:\n\n${quoted(answer)}\n\nGo on with your task.`;
    case "permission":
      return `You were not allowed this:\n\n${quoted(asked)}\n\nA person allows it now and says:\n\n${quoted(answer)}\n\nGo on with your task.`;
    case "misfit":
      return `Your answer was not taken:\n\n${quoted(answer)}\n\nGive the whole answer again. ${doneText(assignment)}`;
    /* node:coverage ignore next 2 */
    default:
      return kind satisfies never;
  }
}

/** It remembers files that it changed: in a worktree of its own they are not there, unless they were merged. */
function whereText({ worktree }: Assignment, { workspace }: BriefAround): readonly string[] {
  if (worktree === undefined) return [];
  return [
    `You work in ${workspace} now, a new copy of the project. What you changed before is in it only if it was merged since: look before you rely on it.`,
  ];
}
