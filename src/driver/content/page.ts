/** Where the front matter of a page lies, and where its body begins, as Hugo reads pages. */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { lineNumber } from "./text.ts";

export type Form = "yaml" | "toml" | "json";

export interface Page {
  /** Where keys and values are; null: the page has no front matter. */
  readonly front: { readonly form: Form; readonly start: number; readonly end: number } | null;
  readonly bodyStart: number;
}

/** What a file is: a page with front matter and body, or data alone. */
export type Kind = "page" | Form;

/** By the ending of its name; anything else is a page. */
export function kindOf(path: string): Kind {
  const [, ending = ""] = /\.([^./]+)$/.exec(path.toLowerCase()) ?? [];
  if (ending === "yaml" || ending === "yml") return "yaml";
  return ending === "toml" || ending === "json" ? ending : "page";
}

export function readPage(text: string, kind: Kind): Result<Page> {
  const top = text.startsWith("\ufeff") ? 1 : 0;
  if (kind !== "page")
    return good({ front: { form: kind, start: top, end: text.length }, bodyStart: text.length });
  const begin = top + (/^\s*/.exec(text.slice(top))?.[0].length ?? 0);
  if (text[begin] === "{" && !/^\{[{%#.<]/.test(text.slice(begin, begin + 2))) return jsonPage(text, begin);
  if (isFence(text, begin, "---")) return fencedPage(text, begin, "yaml");
  if (isFence(text, begin, "+++")) return fencedPage(text, begin, "toml");
  return good({ front: null, bodyStart: top });
}

function isFence(text: string, begin: number, mark: string): boolean {
  return text.startsWith(mark, begin) && /^[ \t]*(?:\r?\n|$)/.test(text.slice(begin + 3, begin + 200));
}

function fencedPage(text: string, begin: number, form: "yaml" | "toml"): Result<Page> {
  const mark = form === "yaml" ? "---" : "+++";
  const start = text.indexOf("\n", begin) + 1;
  if (start === 0) return bad(unclosed(text, begin, mark));
  for (let at = start; at < text.length; ) {
    const next = text.indexOf("\n", at) + 1 || text.length;
    const line = text.slice(at, next);
    if (line.startsWith(mark)) {
      if (/^...[ \t]*\r?\n?$/.test(line)) return good({ front: { form, start, end: at }, bodyStart: next });
      return bad(
        unreadable(`line ${lineNumber(text, at)} begins with ${mark}, where Hugo ends the front matter`),
      );
    }
    at = next;
  }
  return bad(unclosed(text, begin, mark));
}

/** Hugo looks for the brace that closes the first one. */
function jsonPage(text: string, begin: number): Result<Page> {
  let depth = 0;
  let isQuoted = false;
  for (let at = begin; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted) {
      if (sign === "\\") at += 1;
      else if (sign === '"') isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === "{") depth += 1;
    else if (sign === "}") depth -= 1;
    if (depth === 0 && !isQuoted)
      return good({ front: { form: "json", start: begin, end: at + 1 }, bodyStart: at + 1 });
  }
  return bad(unclosed(text, begin, "{"));
}

function unclosed(text: string, begin: number, mark: string): Problem {
  return unreadable(
    `the front matter that begins in line ${lineNumber(text, begin)} with ${mark} is not closed`,
  );
}

function unreadable(message: string): Problem {
  return { code: "E_FRONT_MATTER", message, hint: "replace_text can mend it" };
}
