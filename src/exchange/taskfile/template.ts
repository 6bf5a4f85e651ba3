/** Templates of task files: `{placeholders}` in a text, filled so that the front matter stays what it was meant to be. */

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_ -]{0,40})\}/g;

export interface Filled {
  readonly text: string;
  /** Placeholders without a value, each once, in the order of the text. */
  readonly missing: readonly string[];
}

export function fillTemplate(template: string, values: ReadonlyMap<string, string>): Filled {
  const end = /\n---[ \t]*\r?\n/.exec(template)?.index ?? 0;
  const missing = new Set<string>();
  const filled = (isFront: boolean) => (whole: string, name: string, offset: number, text: string) => {
    const value = values.get(name);
    if (value === undefined) missing.add(name);
    if (value === undefined) return whole;
    return isFront ? frontValue(value, text, offset, whole.length) : value;
  };
  const front = template.slice(0, end).replace(PLACEHOLDER, filled(true));
  const body = template.slice(end).replace(PLACEHOLDER, filled(false));
  return { text: front + body, missing: [...missing] };
}

/** In quotes it is escaped; a value of its own is put into quotes where YAML would read something else. */
function frontValue(value: string, text: string, offset: number, length: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset) + 1, offset);
  const quoted = JSON.stringify(value);
  if ((line.match(/(?<!\\)"/g) ?? []).length % 2 === 1) return quoted.slice(1, -1);
  // A text over several lines keeps their depth.
  const depth = blockDepth(text, offset);
  if (depth !== null) return value.replaceAll("\n", () => `\n${depth}`);
  const rest = /^[^\n]*/.exec(text.slice(offset + length))?.[0] ?? "";
  const isWhole = /(?::|-)[ \t]+$/.test(line) && /^[ \t\r]*(?:$|[,}\]])/.test(rest);
  return isWhole && !isPlain(value) ? quoted : value;
}

/** In a text over several lines (`key: |`) the blanks before the line; null anywhere else. */
function blockDepth(text: string, offset: number): string | null {
  const lines = text.slice(0, offset).split("\n");
  const own = /^[ \t]*/.exec(lines.at(-1) ?? "")?.[0] ?? "";
  for (const line of lines.slice(0, -1).reverse()) {
    const depth = /^[ \t]*/.exec(line)?.[0] ?? "";
    if (line.trim() === "" || depth.length >= own.length) continue;
    return /[:-][ \t]+[|>][-+0-9]*[ \t]*$/.test(line) ? own : null;
  }
  return null;
}

/** Text that YAML reads as this very text without quotes. */
function isPlain(value: string): boolean {
  return /^[A-Za-z/][A-Za-z0-9/._-]*$/.test(value) && !/^(?:true|false|null|~|yes|no|on|off)$/i.test(value);
}

/** A few words of a description, as they can stand in a file's name. */
export function briefOf(description: string): string {
  const words = description
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .split("-");
  let brief = "";
  for (const word of words) {
    if (brief !== "" && brief.length + word.length >= BRIEF_MAX) break;
    brief = brief === "" ? word.slice(0, BRIEF_MAX) : `${brief}-${word}`;
  }
  return brief;
}

const BRIEF_MAX = 40;
