/** What an agent is told (formats.md 1.7): its task, what it builds on, where it works, what counts as done. */
import type { Assignment } from "../core/event.ts";
import type { OutputValue } from "../core/outcome.ts";

/** A dependency's output above this is named by path and digest instead. */
const SHOWN_BYTES_MAX = 8 * 1024;

export function briefOf(assignment: Assignment, workspace: string, outputsFolder: string): string {
  const parts = [taskText(assignment)];
  if (assignment.feedback !== null) parts.push(`## Sent back with this comment\n\n${assignment.feedback}`);
  const built = assignment.dependencies.map((one) => dependencyText(one, outputsFolder));
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

function dependencyText(one: Assignment["dependencies"][number], outputsFolder: string): string {
  return `### ${one.id} (${one.status})\n\n${outputText(one.output, outputsFolder)}`;
}

function outputText(output: OutputValue, outputsFolder: string): string {
  if (!("value" in output))
    return `${output.bytes} bytes in ${outputsFolder}/${output.digest}.json (sha256 ${output.digest})`;
  if (output.value === null) return "no output";
  const text = typeof output.value === "string" ? output.value : JSON.stringify(output.value, null, 2);
  return Buffer.byteLength(text) <= SHOWN_BYTES_MAX
    ? text
    : `${text.slice(0, SHOWN_BYTES_MAX)}\n… cut; ${Buffer.byteLength(text)} bytes in all`;
}

function doneText({ outputSchema }: Assignment): string {
  if (outputSchema === null)
    return "The task above is done and you have said in a few sentences what you did.";
  return `You answer with JSON that fits this schema:\n\n${JSON.stringify(outputSchema)}`;
}
