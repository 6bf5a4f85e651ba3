/** Values of the right type that cannot be meant: of a task as it is written, and of `defaults`. */
import { isBranchName } from "../core/branch-name.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { FAILURE_CLASSES } from "../core/outcome.ts";
import { isWithin, RANGES, rangeText } from "../core/range.ts";
import type { Findings } from "./findings.ts";
import { axesOf, MATRIX_KEYS } from "./link-names.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./source.ts";

/** `own`: failure classes of the project. */
/** Only of fields that are there: most tasks have few. `own`: failure classes of the project. */
export function checkFieldValues(
  map: JsonMap,
  path: Path,
  findings: Findings,
  own: readonly string[] = [],
): void {
  for (const field of Object.keys(map)) {
    const check = FIELD_CHECKS.get(field);
    if (check !== undefined) check(map[field] as Json, [...path, field], { findings, own });
  }
}

interface Checking {
  readonly findings: Findings;
  readonly own: readonly string[];
}

type FieldCheck = (value: Json, path: Path, checking: Checking) => void;

const FIELD_CHECKS: ReadonlyMap<string, FieldCheck> = new Map<string, FieldCheck>([
  ["retry", ofMap((retry, path, { findings, own }) => checkRetry(retry, path, findings, classesOf(own)))],
  ["repair", ofMap(checkRepair)],
  ["workspace", (workspace, path, { findings }) => checkWorkspace(workspace, path, findings)],
  ["foreach", ofMap((foreach, path, { findings }) => checkMinSuccess(foreach, path, findings))],
  ["matrix", ofMap((matrix, path, { findings }) => checkMatrix(matrix, path, findings))],
  ["options", ofMap(checkOptions)],
  [
    "fallback",
    ofMap(({ options }, path, checking) =>
      ofMap(checkOptions)(options ?? null, [...path, "options"], checking),
    ),
  ],
  ["check", (check, path, { findings }) => checkEmpty(check, path, findings, "check: [program, argument]")],
  [
    "cache",
    ofMap(({ files }, path, { findings }) =>
      checkEmpty(files, [...path, "files"], findings, 'files: ["src/**"]'),
    ),
  ],
  ["artifacts", (artifacts, path, { findings }) => checkInside(artifacts, path, findings)],
  ["touches", (touches, path, { findings }) => checkInside(touches, path, findings)],
]);

/** What is no map was told of when its shape was checked. */
function ofMap(check: (value: JsonMap, path: Path, checking: Checking) => void): FieldCheck {
  return (value, path, checking) => {
    if (isMap(value)) check(value, path, checking);
  };
}

function classesOf(own: readonly string[]): readonly string[] {
  return [...FAILURE_CLASSES, ...own];
}

function checkRepair(repair: JsonMap, path: Path, { findings, own }: Checking): void {
  checkClasses(repair.on, { path: [...path, "on"], findings, classes: classesOf(own), mayExit: false });
}

function checkOptions(options: JsonMap, path: Path, { findings }: Checking): void {
  checkDriver(options.driver, [...path, "driver"], findings);
}

/** formats.md 4; of these a version may lack some, which is said when a run starts. */
export const DRIVERS: readonly string[] = [
  "claude-code",
  "codex",
  "gemini",
  "opencode",
  "acp",
  "shell",
  "rehearsal",
];

export function checkDriver(value: Json | undefined, path: Path, findings: Findings): void {
  if (typeof value !== "string" || isLate(value) || DRIVERS.includes(value)) return;
  const message = `there is no driver "${value}"`;
  findings.add(
    "E_CHOICE",
    { path },
    { message, hint: nearest(value, DRIVERS) ?? `one of ${DRIVERS.join(", ")}` },
  );
}

function checkRetry(retry: JsonMap, path: Path, findings: Findings, classes: readonly string[]): void {
  checkClasses(retry.on, { path: [...path, "on"], findings, classes, mayExit: true });
  if (retry.max_delay === undefined || retry.backoff === "exponential") return;
  const message = "max_delay means something only with backoff: exponential: a fixed delay does not grow";
  const spot = { path: [...path, "max_delay"], part: "key" } as const;
  findings.warn("W_NO_EFFECT", spot, { message, hint: "backoff: exponential" });
}

/** Of a task, and of a run, which also has base and branch. */
export function checkWorkspace(workspace: Json | undefined, path: Path, findings: Findings): void {
  if (!isMap(workspace)) return;
  const { branch } = workspace;
  if (typeof branch === "string" && !branch.includes("${") && !isBranchName(branch)) {
    const message = `${JSON.stringify(branch)} is no name for a branch`;
    findings.add(
      "E_REF",
      { path: [...path, "branch"], part: "value" },
      { message, hint: "such as feature/login" },
    );
  }
  if (workspace.mode !== "shared") return;
  for (const key of ["base", "branch", "merge", "keep"]) {
    if (own(workspace, key) === undefined) continue;
    const message = `${key} means something only with mode: worktree`;
    const spot = { path: [...path, key], part: "key" } as const;
    findings.warn("W_NO_EFFECT", spot, { message, hint: "mode: worktree" });
  }
}

interface ClassesAsked {
  readonly path: Path;
  readonly findings: Findings;
  /** All that are known here. */
  readonly classes: readonly string[];
  /** Also `exit:N`. */
  readonly mayExit: boolean;
}

/** A class that is nearly one of ours was meant to be it; any other may come from a driver of later. */
function checkClasses(list: Json | undefined, { path, findings, classes, mayExit }: ClassesAsked): void {
  if (!Array.isArray(list)) return;
  checkEmpty(list, path, findings, mayExit ? 'on: [timeout, "exit:75"]' : "on: [syntax_error]");
  for (const [index, name] of list.map(String).entries()) {
    const spot = { path: [...path, index] };
    if (classes.includes(name)) continue;
    if (name.startsWith("exit")) {
      checkExit(name, mayExit, { spot, findings });
      continue;
    }
    const near = nearest(name, classes);
    if (near !== undefined)
      findings.add("E_CHOICE", spot, { message: `there is no failure class "${name}"`, hint: near });
    else
      findings.warn("W_NO_EFFECT", spot, {
        message: `nothing in this version fails with the class "${name}"`,
        hint: `known: ${classes.join(", ")}; others are made by errors of decapod.yaml`,
      });
  }
}

function checkExit(
  name: string,
  mayExit: boolean,
  { spot, findings }: { readonly spot: { readonly path: Path }; readonly findings: Findings },
): void {
  const code = /^exit:(\d+)$/.exec(name)?.[1];
  if (!mayExit)
    findings.add("E_CHOICE", spot, {
      message: `repair.on takes failure classes, not "${name}"`,
      hint: "an exit code that no table knows is the class unknown",
    });
  else if (code === undefined)
    findings.add("E_CHOICE", spot, { message: `"${name}" is no exit code`, hint: '"exit:75"' });
  else if (!isWithin(Number(code), RANGES.exitCode))
    findings.add("E_RANGE", spot, { message: `an exit code is ${rangeText(RANGES.exitCode)}, not ${code}` });
}

function checkMinSuccess(foreach: JsonMap, path: Path, findings: Findings): void {
  if (foreach.min_success === undefined || foreach.on_failure === "ignore") return;
  findings.add(
    "E_FIELD_CONTEXT",
    { path: [...path, "min_success"], part: "key" },
    { message: "min_success means something only with on_failure: ignore", hint: "on_failure: ignore" },
  );
}

/** What is left out is left out by axes that are there; `include` may bring others. */
function checkMatrix(matrix: JsonMap, path: Path, findings: Findings): void {
  for (const key of ["exclude", "include"] as const) checkMaps(matrix[key], [...path, key], findings);
  const { exclude } = matrix;
  if (!Array.isArray(exclude)) return;
  const axes = Object.keys(matrix).filter((key) => !MATRIX_KEYS.has(key));
  exclude.forEach((one: Json, index) => {
    if (!isMap(one)) return;
    for (const axis of Object.keys(one)) {
      if (axes.includes(axis)) continue;
      const isIncluded = axesOf(matrix)?.includes(axis) === true;
      const message = isIncluded
        ? `only include brings "${axis}", and what it brings is not excluded`
        : `the matrix has no axis "${axis}"`;
      const spot = { path: [...path, "exclude", index, axis], part: "key" } as const;
      findings.add("E_UNKNOWN_KEY", spot, {
        message,
        hint: nearest(axis, axes) ?? `axes: ${axes.join(", ")}`,
      });
    }
  });
}

function checkMaps(value: Json | undefined, path: Path, findings: Findings): void {
  if (
    value === undefined ||
    isLate(value) ||
    (Array.isArray(value) && value.every((one) => isMap(one) || isLate(one)))
  )
    return;
  const message = `${String(path.at(-1))} must be a list of maps, or one \${ }`;
  findings.add("E_TYPE", { path }, { message, hint: `${String(path.at(-1))}: [{ axis: value }]` });
}

/** Globs of the workspace. */
function checkInside(value: Json | undefined, path: Path, findings: Findings): void {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  list.forEach((one: Json, index) => {
    const text = String(one);
    const isOutside = /^[/~]/.test(text) || text.split("/").includes("..");
    if (isLate(text) || (text !== "" && !isOutside)) return;
    const spot = { path: Array.isArray(value) ? [...path, index] : path };
    const message = text === "" ? `an empty text names no files` : `${text} is not inside the workspace`;
    findings.add(text === "" ? "E_REQUIRED" : "E_OUTSIDE_ROOT", spot, {
      message,
      hint: "files and folders below it, such as public/**",
    });
  });
}

export function checkEmpty(value: Json | undefined, path: Path, findings: Findings, hint: string): void {
  if (!Array.isArray(value) || value.length > 0) return;
  findings.add("E_REQUIRED", { path }, { message: `${String(path.at(-1))} is an empty list`, hint });
}

export function isLate(value: Json): boolean {
  return typeof value === "string" && value.includes("${");
}

/** Names that stand twice in a list. */
export function checkTwice(value: Json | undefined, path: Path, findings: Findings): void {
  if (!Array.isArray(value)) return;
  value.forEach((one: Json, index) => {
    if (value.indexOf(one) === index) return;
    const message = `"${String(one)}" stands twice in ${String(path.at(-1))}`;
    findings.add("E_DUPLICATE_ID", { path: [...path, index] }, { message, hint: "remove one" });
  });
}

/** Fields that belong to agents alone, and mean nothing where a person, a script or the engine does the work. */
export function checkAgentFields(task: JsonMap, path: Path, findings: Findings): void {
  for (const field of ["options", "session"]) {
    if (own(task, field) === undefined) continue;
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...path, field], part: "key" },
      { message: `${field} has no effect on a task of agent ${String(task.agent)}`, hint: "it is for roles" },
    );
  }
}
