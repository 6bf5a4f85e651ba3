/** From what a program printed to the class of its failure: pure, and in time that grows with the text alone. */
import type { ErrorAction, ErrorRule, ErrorTable, LineMatch } from "./error-rule.ts";

export interface Printed {
  /** It failed whatever its exit code says. */
  readonly isFailed?: true;
  /** null: it was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Classified {
  readonly class: string;
  readonly action: ErrorAction;
  /** One line. Of a rule with words of its own those words, else the line that says most, or the files that are meant. */
  readonly message: string;
  /** True when the message is the rule's own words. */
  readonly hasWords: boolean;
  /** The first lines by which it was known; of what nobody knows the last one that was printed. */
  readonly evidence: readonly string[];
  /** Files that these lines are about. */
  readonly files: readonly string[];
  /** False: no rule knows it. */
  readonly isKnown: boolean;
}

/** Whether a pattern is found in a line, in linear time. */
export type Finder = (pattern: string, line: string) => boolean;

/** Of each stream, from its beginning and from its end. */
const TEXT_MAX = 131_072;
const LINE_MAX = 4_096;
const EVIDENCE_MAX = 10;
const FILES_MAX = 20;

/** null: it succeeded, and nothing it printed says otherwise. The class does not hang on the order of the lines. */
export function classify(
  tables: readonly ErrorTable[],
  printed: Printed,
  find: Finder = () => false,
): Classified | null {
  const isSuccess = printed.isFailed !== true && printed.exitCode === 0;
  const rules = tables.flat().filter(({ evenOnSuccess }) => !isSuccess || evenOnSuccess === true);
  const [stderr, stdout] = [linesOf(printed.stderr), linesOf(printed.stdout)];
  const lines = [...stderr, ...stdout];
  const known = firstRule(rules, lines, find);
  if (known !== null) return withEvidence(known, lines, find);
  if (isSuccess) return null;
  const last = lastOf(stderr) ?? lastOf(stdout) ?? "";
  const evidence = last === "" ? [] : [last];
  const message = withoutHead(last);
  return {
    class: "unknown",
    action: "escalate",
    message,
    hasWords: false,
    evidence,
    files: [],
    isKnown: false,
  };
}

function lastOf(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line !== "");
}

function linesOf(text: string): readonly string[] {
  const cut =
    text.length <= 2 * TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}\n${text.slice(text.length - TEXT_MAX)}`;
  return cut.split(/\r\n|[\n\r]/).map((line) => line.slice(0, LINE_MAX).trim());
}

function firstRule(rules: readonly ErrorRule[], lines: readonly string[], find: Finder): ErrorRule | null {
  let first = rules.length;
  for (const line of lines) {
    if (line === "") continue;
    for (let index = 0; index < first; index++) {
      if (matchOf(rules[index] as ErrorRule, line, find) !== null) first = index;
    }
  }
  return rules[first] ?? null;
}

function matchOf({ lines }: ErrorRule, line: string, find: Finder): LineMatch | null {
  return lines.find((match) => isIn(match, line, find)) ?? null;
}

function isIn(match: LineMatch, line: string, find: Finder): boolean {
  if ("pattern" in match) return find(match.pattern, line);
  if (match.isStart === true && !line.startsWith(match.parts[0] as string)) return false;
  let from = 0;
  for (const part of match.parts) {
    const place = line.indexOf(part, from);
    if (place < 0) return false;
    from = place + part.length;
  }
  return true;
}

function withEvidence(rule: ErrorRule, lines: readonly string[], find: Finder): Classified {
  const evidence = new Set<string>();
  const files = new Set<string>();
  for (const line of lines) {
    const match = matchOf(rule, line, find);
    if (match === null || line === "") continue;
    if (evidence.size < EVIDENCE_MAX) evidence.add(line);
    const file = fileIn(match, line);
    if (file !== null && file !== "" && files.size < FILES_MAX) files.add(file);
  }
  const [told = ""] = evidence;
  return {
    class: rule.class,
    action: rule.action,
    message: rule.message ?? (files.size > 0 ? [...files].join(", ") : withoutHead(told)),
    hasWords: rule.message !== undefined,
    evidence: [...evidence],
    files: [...files],
    isKnown: true,
  };
}

function fileIn(match: LineMatch, line: string): string | null {
  if ("pattern" in match || match.file === undefined) return null;
  const [after, before] = match.file;
  const from = line.indexOf(after) + after.length;
  const to = before === "" ? line.length : line.indexOf(before, from);
  return line.slice(from, to).trim();
}

const HEADS = ["fatal error: ", "Error: ", "ERROR: ", "error: ", "fatal: ", "Error building site: "];

/** What is said anyway. */
function withoutHead(line: string): string {
  const head = HEADS.find((one) => line.startsWith(one));
  return head === undefined ? line : withoutHead(line.slice(head.length));
}
