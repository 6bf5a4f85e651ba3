/** Edits of one file's text. Pure: all that they were not told to change stays byte for byte. */
import { equal, isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { type Path, valueAt } from "../../spec/source.ts";
import type {
  AddFrontMatter,
  AppendSection,
  Edit,
  InsertAfter,
  RemoveKey,
  ReplaceSection,
  SetKey,
} from "./edits.ts";
import { type Form, type Kind, type Page, readPage } from "./page.ts";
import { replaceText } from "./replace-text.ts";
import { appendSection, insertAfter, replaceSection } from "./sections.ts";
import { lineEndOf, lineNumber } from "./text.ts";
import { tomlReader } from "./toml-tree.ts";
import { type ReadTree, shownPath, withoutKey, withValue } from "./tree.ts";
import { yamlReader } from "./yaml-tree.ts";

/** One after the other; the first that cannot be made ends it. */
export function editText(text: string, edits: readonly Edit[], kind: Kind = "page"): Result<string> {
  let made = text;
  for (const edit of edits) {
    const next = editOnce(made, edit, kind);
    if (!next.ok) return next;
    made = next.value;
  }
  return good(made);
}

function editOnce(text: string, edit: Edit, kind: Kind): Result<string> {
  if (edit.op === "replace_text") return checked(text, replaceText(text, edit), kind);
  const page = readPage(text, kind);
  if (!page.ok) return page;
  switch (edit.op) {
    case "set":
    case "merge":
      if (page.value.front?.form === "toml" && holdsNull(edit.value)) return bad(noNull(edit.key));
      return inFront(text, kind, page.value, edit.key, (inner, read) => setKey(inner, read, edit));
    case "remove":
      return inFront(text, kind, page.value, edit.key, (inner, read) => removeKey(inner, read, edit));
    case "front_matter":
      return addFrontMatter(text, page.value, edit, kind);
    default:
      if (kind !== "page") return bad(noMarkdown(kind));
      return madeOnce(editBody(text, page.value.bodyStart, edit), page.value.bodyStart, edit);
  }
}

type BodyEdit = ReplaceSection | AppendSection | InsertAfter;

/** The page must still be read as it was meant: then the same edit finds its place again, and nothing to do there. */
function madeOnce(made: Result<string>, bodyStart: number, edit: BodyEdit): Result<string> {
  if (!made.ok) return made;
  const again = editBody(made.value, bodyStart, edit);
  if (again.ok && again.value === made.value) return made;
  return bad({
    code: "E_HEADING",
    message: `with this text the heading "${edit.heading}" would not be the one heading of its section any more`,
    hint: "its own headings, lines of --- or ===, code blocks and shortcodes may do that",
  });
}

function editBody(text: string, bodyStart: number, edit: BodyEdit): Result<string> {
  switch (edit.op) {
    case "replace_section":
      return replaceSection(text, bodyStart, edit);
    case "append_section":
      return appendSection(text, bodyStart, edit);
    case "insert_after":
      return insertAfter(text, bodyStart, edit);
    /* node:coverage ignore next */
    default:
      return edit satisfies never;
  }
}

/** Front matter that could be read before an edit must be readable after it. */
function checked(before: string, after: Result<string>, kind: Kind): Result<string> {
  if (!after.ok || after.value === before || !readFront(before, kind).ok) return after;
  const read = readFront(after.value, kind);
  return read.ok ? after : bad(...read.problems.map(spoiled));
}

function spoiled(problem: Problem): Problem {
  return { code: "E_ARG", message: `the edit would break the front matter: ${problem.message}` };
}

/** The values of a file's front matter; null when it has none. */
export function readFront(text: string, kind: Kind): Result<Json> {
  const page = readPage(text, kind);
  if (!page.ok) return page;
  const { front } = page.value;
  if (front === null) return good(null);
  const tree = readerOf(front.form, text, front.start)(text.slice(front.start, front.end));
  return tree.ok ? good(tree.value.value) : tree;
}

export function readerOf(form: Form, text: string, start: number): ReadTree {
  const linesBefore = lineNumber(text, start) - 1;
  return form === "toml" ? tomlReader(linesBefore) : yamlReader(form === "json", linesBefore);
}

function inFront(
  text: string,
  kind: Kind,
  { front, bodyStart }: Page,
  key: string,
  change: (inner: string, read: ReadTree) => Result<string>,
): Result<string> {
  if (front === null) return bad(missingFront(key));
  const inner = text.slice(front.start, front.end);
  const made = change(inner, readerOf(front.form, text, front.start));
  if (!made.ok || made.value === inner) return made.ok ? good(text) : made;
  const whole = text.slice(0, front.start) + made.value + text.slice(front.end);
  const after = readPage(whole, kind);
  const isKept = after.ok && whole.slice(after.value.bodyStart) === text.slice(bodyStart);
  return isKept ? good(whole) : bad(endsEarly(key));
}

function missingFront(key: string): Problem {
  return {
    code: "E_FRONT_MATTER",
    message: `the page has no front matter in which ${key} could stand`,
    hint: "front_matter: yaml gives it one",
  };
}

function holdsNull(value: Json): boolean {
  if (typeof value !== "object") return false;
  return value === null || Object.values(value).some(holdsNull);
}

function noNull(key: string): Problem {
  return { code: "E_TYPE", message: `TOML has no null, so ${key} cannot be that`, hint: `remove: [${key}]` };
}

function endsEarly(key: string): Problem {
  return {
    code: "E_ARG",
    message: `with this value of ${key} the front matter would end early`,
    hint: "no line of a value may begin with the mark that ends the front matter",
  };
}

function noMarkdown(kind: Kind): Problem {
  return {
    code: "E_FIELD_CONTEXT",
    message: `a ${kind} file has no sections`,
    hint: "set, merge, remove and replace_text change it",
  };
}

/** A key that is there as it is written, else each dot leads one level down. */
function pathOf(key: string, values: Json): Path {
  return isMap(values) && Object.hasOwn(values, key) ? [key] : key.split(".");
}

function setKey(inner: string, read: ReadTree, { op, key, value }: SetKey): Result<string> {
  const tree = read(inner);
  if (!tree.ok) return tree;
  const path = pathOf(key, tree.value.value);
  const current = valueAt(tree.value.value, path);
  const wanted = op === "merge" && current !== undefined ? merged(current, value, path) : good(value);
  return wanted.ok ? withValue(inner, read, path, wanted.value) : wanted;
}

/** Maps key by key, lists by the items that are not in them yet; anything else is set. */
function merged(current: Json, value: Json, path: Path): Result<Json> {
  if (current === null) return good(value);
  if (Array.isArray(current) && Array.isArray(value)) {
    const list: Json[] = [...current];
    for (const item of value as readonly Json[]) if (!holds(list, item)) list.push(item);
    return good(list);
  }
  if (isMap(current) && isMap(value)) return mergedMaps(current, value, path);
  if (typeof current === "object" || (typeof value === "object" && value !== null))
    return bad({
      code: "E_TYPE",
      message: `${shownPath(path)} is ${nameOf(current)} and cannot be merged with ${nameOf(value)}`,
      hint: "set replaces it as a whole",
    });
  return good(value);
}

function mergedMaps(current: JsonMap, value: JsonMap, path: Path): Result<Json> {
  const made: Record<string, Json> = { ...current };
  for (const [key, one] of Object.entries(value)) {
    const inner = own(current, key);
    const result = inner === undefined ? good(one) : merged(inner, one, [...path, key]);
    if (!result.ok) return result;
    made[key] = result.value;
  }
  return good(made);
}

function holds(list: readonly Json[], item: Json): boolean {
  return list.some((one) => equal(one, item));
}

function nameOf(value: Json): string {
  if (Array.isArray(value)) return "a list";
  return isMap(value) ? "a map" : "a single value";
}

function removeKey(inner: string, read: ReadTree, { key, items }: RemoveKey): Result<string> {
  const tree = read(inner);
  if (!tree.ok) return tree;
  const path = pathOf(key, tree.value.value);
  if (items === null) return withoutKey(inner, read, path);
  const current = valueAt(tree.value.value, path);
  if (current === undefined || current === null) return good(inner);
  if (!Array.isArray(current))
    return bad({
      code: "E_TYPE",
      message: `${key} is ${nameOf(current)}, not a list`,
      hint: `remove: [${key}]`,
    });
  const left = current.filter((one: Json) => !holds(items, one));
  return withValue(inner, read, path, left);
}

/** An empty one; a page that has one of this form stays as it is. */
function addFrontMatter(text: string, { front }: Page, { form }: AddFrontMatter, kind: Kind): Result<string> {
  if (front?.form === form) return good(text);
  if (front !== null || kind !== "page")
    return bad({
      code: "E_FIELD_CONTEXT",
      message: `the file has ${front?.form ?? kind} already, not ${form}`,
      hint: "leave front_matter away",
    });
  const mark = form === "yaml" ? "---" : "+++";
  const lineEnd = lineEndOf(text);
  const top = text.startsWith("\ufeff") ? 1 : 0;
  const gap = top === text.length || /^\s*\n/.test(text.slice(top)) ? "" : lineEnd;
  return good(text.slice(0, top) + mark + lineEnd + mark + lineEnd + gap + text.slice(top));
}
