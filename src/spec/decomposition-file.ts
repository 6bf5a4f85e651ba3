/** Reads how a task of a loop is taken apart: the parts, what each is told, and the words that such a task has. */
import type * as z from "zod/mini";
import { isMap, type JsonMap } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { readText } from "./read.ts";
import { block, filled, id, listOf, maybe } from "./schema-words.ts";
import { checkShape } from "./shape.ts";
import type { Path } from "./source.ts";

export interface Decomposition {
  readonly name: string;
  readonly description: string;
  /** A task whose name or description has one of them is taken apart so, when nobody says how. */
  readonly words: readonly string[];
  readonly subtasks: readonly Subtask[];
}

export interface Subtask {
  /** What its name has behind the parent's. */
  readonly name: string;
  readonly title: string | null;
  readonly description: string;
  /** Files that are to lie in its folder at the end. */
  readonly outputs: readonly string[];
}

const SUBTASKS_MAX = 50;
/** What stands in titles and descriptions for the task that is taken apart. */
const FILLED = ["task", "description"] as const;
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]{0,40})\}/g;

const shape = block("a decomposition", {
  name: maybe(id),
  description: filled,
  words: maybe(listOf(filled, "words")),
  subtasks: listOf(
    block("a subtask", {
      name: filled,
      title: maybe(filled),
      description: filled,
      outputs: maybe(listOf(filled, "files")),
    }),
    "subtasks",
  ),
}) as unknown as z.ZodMiniType;

interface Written {
  readonly description: string;
  readonly words?: readonly string[];
  readonly subtasks: readonly (Omit<Subtask, "title" | "outputs"> & {
    readonly title?: string;
    readonly outputs?: readonly string[];
  })[];
}

/** `name` is that of its file; why a text is no name for a task, its caller knows. */
export function readDecomposition(
  { name, shown }: { readonly name: string; readonly shown: string },
  bytes: Uint8Array | string,
  nameTrouble: (name: string) => { readonly message: string; readonly hint?: string } | null,
): Result<Decomposition> {
  const raw = readText(shown, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value ?? {}, findings);
  checkShape(shape, value, [], findings);
  if (!isMap(value) || findings.problems.length > 0) return bad(...findings.sorted());
  checkName(value, name, findings);
  const written = value as unknown as Written;
  checkSubtasks(written, nameTrouble, findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  const { description, words = [], subtasks } = written;
  return good({
    name,
    description,
    words,
    subtasks: subtasks.map((one) => ({ ...one, title: one.title ?? null, outputs: one.outputs ?? [] })),
  });
}

/** In one go: what is put in is data, and nothing in it is filled again. */
export function fillText(text: string, values: Readonly<Record<(typeof FILLED)[number], string>>): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => (isFilled(name) ? values[name] : whole));
}

function isFilled(name: string): name is (typeof FILLED)[number] {
  return (FILLED as readonly string[]).includes(name);
}

function checkName(value: JsonMap, name: string, findings: Findings): void {
  if (typeof value.name !== "string" || value.name === name) return;
  const message = `the decomposition is called ${value.name}, and its file ${name}: it is found by its file`;
  findings.add("E_CHOICE", { path: ["name"] }, { message, hint: `name: ${name}, or another file name` });
}

function checkSubtasks(
  { subtasks }: Written,
  nameTrouble: (name: string) => { readonly message: string; readonly hint?: string } | null,
  findings: Findings,
): void {
  if (subtasks.length === 0 || subtasks.length > SUBTASKS_MAX)
    findings.add(
      "E_RANGE",
      { path: ["subtasks"] },
      { message: `a task is taken apart into 1 to ${SUBTASKS_MAX} parts, not ${subtasks.length}` },
    );
  const seen = new Set<string>();
  for (const [index, { name, title, description, outputs = [] }] of subtasks.entries()) {
    const path: Path = ["subtasks", index];
    const trouble = nameTrouble(name);
    if (trouble !== null) findings.add("E_TASK_ID", { path: [...path, "name"] }, trouble);
    else if (seen.has(keyOf(name)))
      findings.add("E_DUPLICATE_ID", { path: [...path, "name"] }, { message: `${name} stands twice` });
    seen.add(keyOf(name));
    checkText(title ?? "", [...path, "title"], findings);
    checkText(description, [...path, "description"], findings);
    for (const [at, output] of outputs.entries()) checkOutput(output, [...path, "outputs", at], findings);
  }
}

/** Some file systems take names for one that differ in this alone. */
function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function checkText(text: string, path: Path, findings: Findings): void {
  for (const { 1: name = "" } of text.matchAll(PLACEHOLDER)) {
    if (isFilled(name)) continue;
    const hint = nearest(name, FILLED);
    const message = `{${name}} stands for nothing here; what is filled is {task} and {description}`;
    findings.add("E_CHOICE", { path }, { message, ...(hint === undefined ? {} : { hint: `{${hint}}` }) });
  }
}

function checkOutput(output: string, path: Path, findings: Findings): void {
  const isPlain = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._ -]*(?:\/[\p{L}\p{N}][\p{L}\p{N}\p{M}._ -]*)*$/u.test(
    output,
  );
  if (isPlain && !output.includes("..")) return;
  const message = `${JSON.stringify(output)} is no file in the folder of the task`;
  findings.add("E_ARG", { path }, { message, hint: "a path below it, such as report.md" });
}
