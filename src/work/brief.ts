/** What an agent is told (formats.md 1.7): its task, what it builds on, where it works, what counts as done. */
import type { Assignment } from "../core/event.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Apart, Outputs } from "./outputs.ts";

/** A dependency's output above this is named by path and digest instead. */
const SHOWN_BYTES_MAX = 8 * 1024;

export function briefOf(assignment: Assignment, workspace: string, outputs: Outputs): string {
  const parts = [taskText(assignment)];
  if (assignment.feedback !== null) parts.push(`## Sent back with this comment\n\n${assignment.feedback}`);
  const built = assignment.dependencies.map((one) => dependencyText(one, outputs));
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

function dependencyText(one: Assignment["dependencies"][number], outputs: Outputs): string {
  return `### ${one.id} (${one.status})\n\n${outputText(one.output, outputs)}`;
}

/** Nothing is cut off: what is too long to be shown is named by path and digest. */
function outputText(output: OutputValue, outputs: Outputs): string {
  if (!("value" in output)) return fileText({ ...output, path: outputs.pathOf(output.digest) });
  if (output.value === null) return "no output";
  const text = typeof output.value === "string" ? output.value : JSON.stringify(output.value, null, 2);
  return Buffer.byteLength(text) <= SHOWN_BYTES_MAX ? text : fileText(outputs.apart(output.value));
}

function fileText({ bytes, path, digest }: Apart): string {
  return `${bytes} bytes of JSON in ${path} (sha256 ${digest})`;
}

function doneText({ outputSchema }: Assignment): string {
  if (outputSchema === null)
    return "The task above is done and you have said in a few sentences what you did.";
  return `You answer with JSON that fits this schema:\n\n${JSON.stringify(outputSchema)}`;
}
