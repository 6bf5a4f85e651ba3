/**
 * The block between two lines of `---` at the top of a file that decapod acts on. Unlike the front matter of roles it
 * is strict: what could be read in two ways is refused.
 */
import { beyond, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { readYaml } from "../../spec/read-yaml.ts";
import { Lines, type Raw } from "../../spec/source.ts";

export interface Fenced {
  /** The front matter as YAML, read strictly; its places are those of the whole file. */
  readonly front: Raw;
  readonly body: string;
  /** Where the body begins, in characters. */
  readonly bodyStart: number;
}

const FENCE = "---";

export function readFenced(file: string, text: string, limits: Limits): Result<Fenced> {
  const split = splitFenced(file, text);
  if (!split.ok) return split;
  const { yaml, bodyStart } = split.value;
  if (Buffer.byteLength(yaml) > most(LIMITS.frontMatterBytes, limits))
    return bad({
      code: "E_TOO_LARGE",
      message: `the front matter has ${Buffer.byteLength(yaml)} bytes; ${beyond(LIMITS.frontMatterBytes, limits)}`,
      hint: "put long texts into the body",
      at: { file, line: 1, column: 1 },
    });
  const front = readYaml(file, yaml, limits);
  if (!front.ok) return { ok: false, problems: front.problems.map(inTaskFile) };
  return good({ front: front.value, body: text.slice(bodyStart), bodyStart });
}

/** The reader of YAML speaks of the files it mostly reads. */
function inTaskFile(problem: Problem): Problem {
  return { ...problem, message: problem.message.replace(/\bworkflow files?\b/, "front matter") };
}

interface Split {
  readonly yaml: string;
  readonly bodyStart: number;
}

function splitFenced(file: string, text: string): Result<Split> {
  const lines = new Lines(text);
  const trouble = (start: number, message: string, hint: string) =>
    bad<Split>({
      code: "E_FRONT_MATTER",
      message,
      hint,
      at: lines.place(file, { start, end: start + Math.max(1, lineAt(text, start).length) }),
    });
  const first = lineAt(text, 0);
  if (first !== FENCE) return trouble(0, ...firstLineTrouble(first));
  let start = text.indexOf("\n") + 1;
  for (; start > 0 && start < text.length; start = nextLine(text, start)) {
    const line = lineAt(text, start);
    if (line === FENCE) return closed(start);
    if (/^---[ \t]+$/.test(line))
      return trouble(start, "blanks stand behind ---", "the line must be --- and nothing else");
  }
  return trouble(0, "the front matter has no end", "a line of --- behind the last key");

  function closed(end: number): Result<Split> {
    const bodyStart = nextLine(text, end);
    const blanks = /^\s*/.exec(text.slice(bodyStart))?.[0].length ?? 0;
    const second = bodyStart + blanks;
    if (/^(?:---|\+\+\+)[ \t]*$/.test(lineAt(text, second)))
      return trouble(second, "a second front matter begins here", "one block, at the very beginning");
    // The first line becomes a comment of the same length, so that every place stays what it is.
    return good({ yaml: `#--${text.slice(FENCE.length, end)}`, bodyStart });
  }
}

function firstLineTrouble(line: string): readonly [message: string, hint: string] {
  const hint = "the first line must be --- and nothing else";
  if (/^\+\+\+/.test(line)) return ["the front matter is TOML", "YAML between two lines of ---"];
  if (/^\s*---\s*$/.test(line)) return ["blanks stand beside ---", hint];
  return ["the file does not begin with front matter", hint];
}

/** Without its end. */
function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  const line = text.slice(start, end === -1 ? text.length : end);
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function nextLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end === -1 ? text.length : end + 1;
}
