/** What an agent is told (formats.md 1.7): its task, what it builds on, where it works, what counts as done. */
import type { Assignment } from "../core/event.ts";
import { LIMITS, type Limits, most } from "../core/limits.ts";
import type { Failure, OutputValue } from "../core/outcome.ts";
import { MEMORY_FILE, type Memory } from "./memory.ts";
import type { Apart, Outputs } from "./outputs.ts";

/** Where the agent works, and what it may be told. */
export interface BriefAround {
  readonly workspace: string;
  readonly outputs: Outputs;
  /** Of the project, as it lies in the workspace. */
  readonly memory?: Memory | null;
  readonly limits?: Limits;
  /** What came of a session that is not there any more, when this one should have gone on with it. */
  readonly lastSession?: LastSession | null;
  /** Of a repair: what it shall mend. */
  readonly repair?: string | null;
}

export interface LastSession {
  readonly output: OutputValue | null;
  readonly failure: Pick<Failure, "class" | "message"> | null;
}

export function briefOf(assignment: Assignment, around: BriefAround): string {
  const { workspace, memory = null, repair = null } = around;
  const parts = [...(memory === null ? [] : [memoryText(memory)]), taskText(assignment)];
  if (repair !== null) parts.push(repair);
  if (assignment.feedback !== null) parts.push(`## Sent back with this comment\n\n${assignment.feedback}`);
  parts.push(...answersText(assignment.answers), ...lastSessionText(around));
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

/** In a fence that nothing in it can close, so that it ends where we say. */
function memoryText({ text, lines, bytes }: Memory): string {
  const title = `# What everybody here reads first (${MEMORY_FILE})`;
  if (text === null) return `${title}\n\nRead ${MEMORY_FILE} first (${lines} lines, ${bytes} bytes).`;
  const longest = Math.max(2, ...[...text.matchAll(/~+/g)].map(([run]) => run.length));
  const fence = "~".repeat(longest + 1);
  return `${title}\n\n${fence}\n${text.trimEnd()}\n${fence}`;
}

/** What earlier attempts asked or answered wrongly; this one goes on with what was said to that. */
function answersText(answers: Assignment["answers"]): readonly string[] {
  const people = answers.flatMap((one) => (one.kind === "misfit" ? [] : [personText(one)]));
  const misfits = answers.flatMap(({ kind, answer }) => (kind === "misfit" ? [quoted(answer)] : []));
  return [
    ...(people.length === 0
      ? []
      : [`## What a person said to earlier attempts at this task\n\n${people.join("\n\n")}`]),
    ...(misfits.length === 0
      ? []
      : [`## What was wrong with the answers of earlier attempts\n\n${misfits.join("\n\n")}`]),
  ];
}

function personText({ kind, asked, answer }: Assignment["answers"][number]): string {
  const [before, after] =
    kind === "permission"
      ? ["An earlier attempt was not allowed this", "A person allows it and says"]
      : ["An earlier attempt asked", "A person answers"];
  return `${before}:\n\n${quoted(asked)}\n\n${after}:\n\n${quoted(answer)}`;
}

/** A summary in place of what it cannot remember. */
function lastSessionText(around: BriefAround): readonly string[] {
  const { lastSession = null } = around;
  if (lastSession === null) return [];
  const { output, failure } = lastSession;
  const ended =
    failure === null ? [] : [`It did not count:\n\n${quoted(`${failure.class}: ${failure.message}`)}`];
  const hasAnswer = output !== null && !("value" in output && output.value === null);
  const answered = hasAnswer ? [`Its last answer was:\n\n${quoted(outputText(output, around))}`] : [];
  const told = ["You go on with work whose session is not there any more: look at what is done already."];
  return [`## The session before\n\n${[...told, ...ended, ...answered].join("\n\n")}`];
}

/** No line of it can be taken for one of ours. */
export function quoted(text: string): string {
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

export function doneText({ outputSchema }: Assignment): string {
  if (outputSchema === null)
    return "The task above is done and you have said in a few sentences what you did.";
  return `You answer with JSON that fits this schema:\n\n${JSON.stringify(outputSchema)}`;
}
