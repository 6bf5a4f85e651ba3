/**
 * Scripts of shell tasks. `${…}` in them is bash's own, except when it names something of this workflow: then the
 * writer expects a value that never comes, or would get data executed as code. Refused, with the line to write instead.
 */
import { parseExpression } from "../core/expression/expression.ts";
import { isMap, type JsonMap, own } from "../core/json.ts";
import type { Level } from "./level.ts";
import { localNames } from "./link-names.ts";
import type { Place } from "./link-text.ts";

/** `${name`, `${name.path`, `${fn:name`; also with bash's `#` and `!` before the name. */
const OPENING = /\$\{\s*[#!]?\s*(fn:|[A-Za-z_][A-Za-z0-9_-]*)((?:\.[A-Za-z_][A-Za-z0-9_-]*)*)/g;
/** Heads that bash can never mean when a dot follows. */
const DOTTED: ReadonlySet<string> = new Set([
  "matrix",
  "params",
  "context",
  "secrets",
  "trigger",
  "run",
  "workflow",
  "env",
  "item",
  "previous",
]);

export function checkShellScript(task: JsonMap, place: Place, agent: string): void {
  if (agent !== "shell" || !isMap(task.parameters)) return;
  const { run } = task.parameters;
  if (typeof run !== "string" || !run.includes("${")) return;
  const environment = isMap(task.env) ? task.env : {};
  const told = new Set<string>();
  for (const found of run.matchAll(OPENING)) {
    const name = nameOf(found[1] ?? "", found[2] ?? "", place);
    if (name === null || own(environment, name) !== undefined || told.has(found[0])) continue;
    told.add(found[0]);
    const [, head = "", path = ""] = found;
    report(run, { offset: found.index, said: name === head ? head + path : name }, place);
  }
}

/** The name of this workflow that an opening means, or null when it is the shell's. */
function nameOf(head: string, path: string, { level, task }: Place): string | null {
  if (head === "fn:") return head;
  const isDotted = path !== "";
  if (isDotted && (DOTTED.has(head) || isTask(level, head))) return head;
  // `${title-none}` is bash for `title` with a default; our names may hold hyphens, so both are tried.
  const short = head.split("-")[0] ?? head;
  return [head, short].find((name) => isValue(level, task, name)) ?? null;
}

function isTask(level: Level, name: string): boolean {
  return level.ids.has(name) || (level.parent !== null && isTask(level.parent, name));
}

function isValue(level: Level, task: number, name: string): boolean {
  const { params, variables } = level.root;
  if (params.has(name) || variables.has(name)) return true;
  const raw = level.raws[task];
  if (raw !== undefined && isItem(raw.value, name)) return true;
  return level.parent !== null && isValue(level.parent, level.host, name);
}

/** `item` or the `as` name; index, key and iteration are too common in scripts of their own. */
function isItem(task: JsonMap, name: string): boolean {
  return localNames(task).has(name) && !["index", "key", "iteration", "previous", "matrix"].includes(name);
}

interface Found {
  readonly offset: number;
  /** The name alone, with its path. */
  readonly said: string;
}

function report(run: string, { offset, said }: Found, place: Place): void {
  const end = run.indexOf("}", offset);
  const text = end === -1 ? run.slice(offset) : run.slice(offset, end + 1);
  const message = `${text} stands in a script, where its value would become code`;
  const spot = {
    path: [...place.path, "parameters", "run"],
    inside: { text: run, offset, length: text.length },
  };
  place.level.root.findings.add("E_EXPR_IN_SHELL", spot, { message, hint: lineFor(text, said) });
}

/** The env line to write. What is bash's own, as in `${title:-none}` and `${#title}`, stays in the script. */
function lineFor(text: string, said: string): string {
  const read = parseExpression(text.slice(2, -1));
  const isRead = read.ok || read.problem.code !== "E_EXPR_SYNTAX";
  const isOurs = said === "fn:" || (text.endsWith("}") && isRead && !text.includes(`${said}-`));
  const value = isOurs ? text : `\${${said}}`;
  const name = variableFor(value);
  const used = isOurs ? `$${name}` : text.replace(said, name);
  return `env: { ${name}: "${value}" } and "${used}" in the script`;
}

/** `${build.output.url}` → BUILD_URL */
function variableFor(text: string): string {
  const words = text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? [];
  const telling = words.filter(
    (word) => !["output", "params", "context", "variables", "secrets", "fn"].includes(word),
  );
  return (telling.length === 0 ? ["VALUE"] : telling).slice(0, 3).join("_").toUpperCase();
}
