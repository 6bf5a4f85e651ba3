/**
 * A person's standing answers to what agents want to do, in the words in which a refused call is named: `Bash(npm test)`,
 * `Bash(git log *)`, `WebFetch(domain:example.org)`, `WebSearch`. They stand in the person's own configuration only.
 */
export interface PermissionRules {
  readonly allow: readonly string[];
  readonly refuse: readonly string[];
}

/** `about`: the command, or `domain:HOST`; null: the agent does not say. */
export interface WantedCall {
  readonly tool: string;
  readonly about: string | null;
}

export const NO_RULES: PermissionRules = { allow: [], refuse: [] };

/** What claude would read as the end of a rule, or as a star that stands for itself, is in none. */
const RULE =
  /^(?:Bash(?:\([^()\\\0\r\n]+\))?|WebFetch(?:\(domain:[a-z0-9-]+(?:\.[a-z0-9-]+)*\))?|WebSearch)$/;
export const RULE_FORMS =
  "Bash, Bash(npm test), Bash(git log *), WebFetch, WebFetch(domain:HOST) or WebSearch";
/** With these one command becomes another one, or two: no star stands for them. */
const JOINING = /[;&|<>`$(){}\\\r\n]/;
const BETWEEN_COMMANDS = /[;&|<>`$(){}\r\n]+/;

export function isRule(text: string): boolean {
  return RULE.test(text);
}

/** The tool alone. */
export function toolOf(rule: string): string {
  return rule.replace(/\(.*$/s, "");
}

/** Only what is known to be meant. */
export function isAllowed({ allow }: PermissionRules, { tool, about }: WantedCall): boolean {
  return allow.some((rule) => {
    const pattern = patternIn(rule);
    if (toolOf(rule) !== tool || pattern === null) return toolOf(rule) === tool;
    if (about === null) return false;
    return about === pattern || (!JOINING.test(about) && fits(pattern, about));
  });
}

/** Whatever may be meant: also by a part of a longer command, and by what the agent does not say. */
export function refusing({ refuse }: PermissionRules, { tool, about }: WantedCall): string | null {
  const pieces = about === null ? [] : [about, ...about.split(BETWEEN_COMMANDS).map((part) => part.trim())];
  const parts = pieces.flatMap((part) => [part, plain(part)]);
  const found = refuse.find((rule) => {
    const pattern = patternIn(rule);
    if (toolOf(rule) !== tool) return false;
    return pattern === null || about === null || parts.some((part) => fits(pattern, part));
  });
  return found ?? null;
}

/** A command without what may stand before it and changes nothing of what it does; a host without its last dot. */
function plain(text: string): string {
  if (text.startsWith("domain:")) return text.replace(/\.$/, "");
  const folded = text.replace(/[ \t]+/g, " ").trim();
  return folded.replace(/^(?:(?:then|do|else|!|time|exec|env|command|[A-Za-z_][A-Za-z0-9_]*=\S*) )+/, "");
}

function patternIn(rule: string): string | null {
  return /\((.*)\)$/s.exec(rule)?.[1] ?? null;
}

/** A star stands for anything; one behind a space or a colon at the end also for nothing at all. */
function fits(pattern: string, text: string): boolean {
  const start = /^(.*?)[ :]\*$/s.exec(pattern)?.[1];
  if (start !== undefined) return fits(start, text) || fitsStars(`${start} *`, text);
  return fitsStars(pattern, text);
}

function fitsStars(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
