/**
 * Templates with `{placeholders}`. In front matter a value is filled in as a value, never as text: a title with quotes, colons
 * or line ends stays a title, and cannot become another key.
 */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Path } from "../../spec/source.ts";
import { readerOf } from "./edit-text.ts";
import { type Kind, readPage } from "./page.ts";
import { lineEndOf, withLineEnd } from "./text.ts";
import { withValue } from "./tree.ts";

const PLACEHOLDER = /(?<!\{)\{([A-Za-z_][A-Za-z0-9_-]*)\}(?!\})/g;

export function filledTemplate(template: string, values: JsonMap, kind: Kind): Result<string> {
  const why = undeclared(template, values);
  if (why.length > 0) return bad(...why);
  const marks = new Marks(template, values);
  const marked = template.replace(PLACEHOLDER, (_, name: string) => marks.of(name));
  const page = readPage(marked, kind);
  if (!page.ok) return page;
  const { front } = page.value;
  const lineEnd = lineEndOf(template);
  if (front === null) return good(marks.filled(marked, lineEnd));
  const inner = filledFront(
    marked.slice(front.start, front.end),
    readerOf(front.form, marked, front.start),
    marks,
  );
  if (!inner.ok) return inner;
  const [before, after] = [marked.slice(0, front.start), marked.slice(front.end)];
  return good(before + marks.filled(inner.value, " ") + marks.filled(after, lineEnd));
}

/** Every placeholder has a value, and every value a placeholder. */
function undeclared(template: string, values: JsonMap): readonly Problem[] {
  const used = new Set([...template.matchAll(PLACEHOLDER)].map(([, name = ""]) => name));
  const problems: Problem[] = [];
  for (const name of used)
    if (!Object.hasOwn(values, name))
      problems.push({
        code: "E_REQUIRED",
        message: `the template has {${name}}, and values has no ${name}`,
        hint: `values: { ${name}: … }; to keep the braces as they are: ${name}: "{${name}}"`,
      });
  for (const name of Object.keys(values))
    if (!used.has(name))
      problems.push({
        code: "E_UNKNOWN_KEY",
        message: `the template has no {${name}}`,
        hint: "leave it away",
      });
  return problems;
}

/** Stand in for the placeholders while the template is read: words that occur nowhere else. */
class Marks {
  readonly #values: JsonMap;
  readonly #names: readonly string[];
  readonly #prefix: string;

  constructor(template: string, values: JsonMap) {
    this.#values = values;
    this.#names = Object.keys(values);
    let prefix = "placeholder";
    while (template.includes(prefix) || JSON.stringify(values).includes(prefix)) prefix += "x";
    this.#prefix = prefix;
  }

  of(name: string): string {
    return `${this.#prefix}${this.#names.indexOf(name)}z`;
  }

  get #pattern(): RegExp {
    return new RegExp(`${this.#prefix}(\\d+)z`, "g");
  }

  /** A text that is one placeholder becomes its value, of whatever type. */
  valueFor(text: string): Json {
    const whole = new RegExp(`^${this.#prefix}(\\d+)z$`).exec(text);
    return whole === null ? this.filled(text, "\n") : this.#value(Number(whole[1]));
  }

  filled(text: string, lineEnd: string): string {
    return text.replace(this.#pattern, (_, index: string) =>
      withLineEnd(textOf(this.#value(Number(index))), lineEnd),
    );
  }

  isIn(text: string): boolean {
    return text.includes(this.#prefix);
  }

  #value(index: number): Json {
    return this.#values[this.#names[index] ?? ""] ?? null;
  }
}

function textOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function filledFront(inner: string, read: ReturnType<typeof readerOf>, marks: Marks): Result<string> {
  const tree = read(inner);
  if (!tree.ok) return tree;
  let made = inner;
  for (const [path, text] of textsOf(tree.value.value, [])) {
    if (path.some((step) => marks.isIn(String(step)))) return bad(inKey());
    if (!marks.isIn(text)) continue;
    const next = withValue(made, read, path, marks.valueFor(text));
    if (!next.ok) return next;
    made = next.value;
  }
  return good(made);
}

function inKey(): Problem {
  return {
    code: "E_FIELD_CONTEXT",
    message: "a placeholder stands in the name of a key of the front matter",
    hint: "placeholders stand in values and in the body",
  };
}

function textsOf(value: Json, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => textsOf(item, [...path, index]));
  if (!isMap(value)) return [[path, ""]];
  return Object.entries(value).flatMap(([key, one]) => textsOf(one, [...path, key]));
}
