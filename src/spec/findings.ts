import { type Code, isCode } from "../core/codes.ts";
import { isMap, type JsonMap, own } from "../core/json.ts";
import { BUILT_IN, LIMITS, type Limits, most } from "../core/limits.ts";
import type { Place, Problem } from "../core/problem.ts";
import { Lines, type Path, type Source, type Span, valueAt } from "./source.ts";

/** Lists of tasks. */
const LISTS: ReadonlySet<unknown> = new Set(["tasks", "on_start", "on_success", "on_failure", "on_complete"]);

/** Where in a document a problem lies. */
export interface Spot {
  readonly path: Path;
  /** Which of the two to underline; the value if nothing is said. */
  readonly part?: "key" | "value";
  /** A piece of the text value at `path`: how many characters after which beginning. */
  readonly inside?: { readonly text: string; readonly offset: number; readonly length: number };
}

export interface Said {
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Everything found out about a document, all problems at once. Without a source (a checked definition, an inline
 * workflow) the path stands in the message instead of a line and column.
 */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly source: Source | null;
  /** What the project allows. */
  readonly limits: Limits;
  private readonly leftOut = new Set<string>();
  private readonly gone = new Set<string>();
  private lines: Lines | null = null;
  private left = 0;
  private definition: JsonMap | null = null;
  private readonly renames: { readonly path: Path; readonly to: string; readonly from: string }[] = [];

  constructor(source: Source | null, limits: Limits = BUILT_IN) {
    this.source = source;
    this.limits = limits;
  }

  get isFull(): boolean {
    return this.problems.length >= most(LIMITS.problemsShown, this.limits);
  }

  add(code: Code, spot: Spot, said: Said): void {
    // What is missing may be what was wrong and has been told.
    if (code === "E_REQUIRED" && this.leftOut.has(pathText(spot.path))) return;
    if (this.isFull) this.left += 1;
    else this.problems.push(this.problem(code, spot, said));
  }

  warn(code: Code, spot: Spot, said: Said): void {
    if (this.warnings.length < most(LIMITS.problemsShown, this.limits))
      this.warnings.push(this.problem(code, spot, said));
  }

  /** Problems of another file are told where it is named. */
  addOthers(problems: readonly Problem[], path: Path): void {
    for (const { code, message, hint, at } of problems) {
      const where = at === undefined ? "" : ` (in ${at.file}:${at.line}:${at.column})`;
      this.add(isCode(code) ? code : "E_ARG", { path }, { message: `${message}${where}`, hint });
    }
  }

  /** What was wrong was taken out, so that the rest can be read. */
  takenOut(path: Path): void {
    const key = path.slice(0, path.findLastIndex((step) => typeof step === "string") + 1);
    this.leftOut.add(pathText(key));
    this.gone.add(pathText(key));
    this.leftOut.add(pathText(key.slice(0, -1)));
  }

  /** The whole of it, not only a part. */
  isGone(path: Path): boolean {
    return this.gone.size > 0 && this.gone.has(pathText(path));
  }

  wasTakenOut(path: Path): boolean {
    return this.leftOut.size > 0 && this.leftOut.has(pathText(path));
  }

  /** A key read under the name that was meant: its place is still where it was written. */
  renamed(path: Path, { to, from }: { readonly to: string; readonly from: string }): void {
    this.renames.push({ path, to, from });
  }

  /** In the order of the text; two rules that stumble over the same place in the same way count once. */
  sorted(): readonly Problem[] {
    const seen = new Set<string>();
    const once = this.problems.filter((problem) => {
      const key = `${problem.code} ${problem.message} ${problem.at?.line}:${problem.at?.column}`;
      return !seen.has(key) && seen.add(key);
    });
    once.sort(inOrder);
    if (this.left === 0) return once;
    const last = once.at(-1);
    return [
      ...once,
      {
        code: "E_TOO_LARGE",
        message: `${this.left} more problems are not listed`,
        ...(last?.at && { at: last.at }),
      },
    ];
  }

  line(path: Path): number {
    if (this.source === null) return 0;
    return this.linesOf(this.source).lineOf(this.source.span(this.asWritten(path), "value").start);
  }

  /** The line of a task, where the reader knows it at once; else 0. */
  cheapLine(path: Path): number {
    return this.source?.isLazy === false ? this.line([...path, "id"]) : 0;
  }

  place(spot: Spot): Place | undefined {
    const { source } = this;
    if (source === null) return undefined;
    return this.linesOf(source).place(
      source.file,
      spanOf(source, { ...spot, path: this.asWritten(spot.path) }),
    );
  }

  /** Where what a task has from `defaults` is written. */
  readFrom(definition: JsonMap): void {
    this.definition = definition;
  }

  private written(path: Path): Path {
    const defaults = this.definition?.defaults;
    const at = path.findLastIndex(
      (step, index) =>
        typeof step === "string" && typeof path[index - 1] === "number" && LISTS.has(path[index - 2]),
    );
    const field = path[at];
    if (at < 0 || typeof field !== "string" || !isMap(defaults) || own(defaults, field) === undefined)
      return path;
    const task = valueAt(this.definition as JsonMap, path.slice(0, at));
    return isMap(task) && own(task, field) === undefined ? ["defaults", ...path.slice(at)] : path;
  }

  private asWritten(place: Path): Path {
    const path = this.written(place);
    const renames = this.renames.filter(
      ({ path: base, to }) => path[base.length] === to && base.every((step, index) => step === path[index]),
    );
    if (renames.length === 0) return path;
    const changed = [...path];
    for (const { path: base, from } of renames) changed[base.length] = from;
    return changed;
  }

  private problem(code: Code, spot: Spot, { message, hint }: Said): Problem {
    const at = this.place(spot);
    const where = at === undefined && spot.path.length > 0 ? ` (at ${pathText(spot.path)})` : "";
    return {
      code,
      message: `${message}${where}`,
      ...(hint !== undefined && { hint }),
      ...(at !== undefined && { at }),
    };
  }

  private linesOf(source: Source): Lines {
    this.lines ??= new Lines(source.text);
    return this.lines;
  }
}

/** By place; cycles last, because they concern many places. */
function inOrder(left: Problem, right: Problem): number {
  const isCycle = Number(left.code === "E_CYCLE") - Number(right.code === "E_CYCLE");
  const lines = (left.at?.line ?? 0) - (right.at?.line ?? 0);
  return isCycle || lines || (left.at?.column ?? 0) - (right.at?.column ?? 0);
}

function spanOf(source: Source, { path, part = "value", inside }: Spot): Span {
  const span = source.span(path, part);
  if (inside === undefined) return span;
  const raw = source.text.slice(span.start, span.end);
  // Quotes, escapes and folded lines move characters; what stands there letter for letter is found again.
  const piece = inside.text.slice(inside.offset, inside.offset + inside.length);
  const whole = raw.indexOf(inside.text);
  const found = whole === -1 ? raw.indexOf(piece) : whole + inside.offset;
  if (found === -1 || piece === "") return span;
  return { start: span.start + found, end: span.start + found + piece.length };
}

/** Whether an item of a list of tasks is meant. */
export function isTask(path: Path): boolean {
  return typeof path.at(-1) === "number" && LISTS.has(path.at(-2));
}

/** `tasks[2].retry.delay` */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${part}`))
    .join("");
}
