/** What an agent is told (formats.md 1.7): its task, what it builds on, where it works, what counts as done. */
import type { Assignment } from "../core/event.ts";
import { LIMITS, type Limits, most } from "../core/limits.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Apart, Outputs } from "./outputs.ts";

/** Where the agent works, and what it may be told. */
export interface BriefAround {
  readonly workspace: string;
  readonly outputs: Outputs;
  readonly limits?: Limits;
}

export function briefOf(assignment: Assignment, around: BriefAround): string {
  const { workspace } = around;
  const parts = [taskText(assignment)];
  if (assignment.feedback !== null) parts.push(`## Sent back with this comment\n\n${assignment.feedback}`);
  if (assignment.answers.length > 0) parts.push(answersText(assignment.answers));
  const built = assignment.dependencies.map((one) => dependencyText(one, around));
  if (built.length > 0) parts.push(`## What this builds on\n\n${built.join("\n\n")}`);
  parts.push(`## Where\n\nWork in ${workspace}.`);
  parts.push(`## Done means\n\n${doneText(assignment)}`);
  return `${parts.join("\n\n")}\n`;
}

function taskText({ parameters, task }: Assignment): string {
  const text = typeof parameters.task === "string" ? parameters.task : `Do task ${task}.`;
  const file = typeof parameters.task_file === "string" ? `\n\nRead ${parameters.task_file} first.` : "";
  return `# ${task}\n\n${text}${file}`;
}

/** An earlier attempt asked; this one goes on with what a person said. */
function answersText(answers: Assignment["answers"]): string {
  const told = answers.map(
    ({ kind, asked, answer }) =>
      `${kind === "permission" ? "An earlier attempt was not allowed this" : "An earlier attempt asked"}:\n\n` +
      `${quoted(asked)}\n\n${kind === "permission" ? "A person allows it and says" : "A person answers"}:\n\n${quoted(answer)}`,
  );
  return `## What a person said to earlier attempts at this task\n\n${told.join("\n\n")}`;
}

/** No line of it can be taken for one of ours. */
function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/u)
    .map((line) => `> ${line}`)
    .join("\n");
}

function dependencyText(one: Assignment["dependencies"][number], around: BriefAround): string {
  return `### ${one.id} (${one.status})\n\n${outputText(one.output, around)}`;
}

/** Nothing is cut off: what is too long to be shown is named by path and digest. */
function outputText(output: OutputValue, { outputs, limits }: BriefAround): string {
  if (!("value" in output)) return fileText({ ...output, path: outputs.pathOf(output.digest) });
  if (output.value === null) return "no output";
  const text = typeof output.value === "string" ? output.value : JSON.stringify(output.value, null, 2);
  const isShort = Buffer.byteLength(text) <= most(LIMITS.briefBytes, limits);
  return isShort ? text : fileText(outputs.apart(output.value));
}

function fileText({ bytes, path, digest }: Apart): string {
  return `${bytes} bytes of JSON in ${path} (sha256 ${digest})`;
}

function doneText({ outputSchema }: Assignment): string {
  if (outputSchema === null)
    return "The task above is done and you have said in a few sentences what you did.";
  return `You answer with JSON that fits this schema:\n\n${JSON.stringify(outputSchema)}`;
}
