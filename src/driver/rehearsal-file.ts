/** The script of a rehearsal, which lies beside the workflow file. */
import { basename, dirname, extname, join } from "node:path";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { FAILURE_CLASSES } from "../core/outcome.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { isWithin, RANGES, rangeText } from "../core/range.ts";
import type { Files } from "../port/files.ts";
import { tidy } from "../spec/document.ts";
import { Findings } from "../spec/findings.ts";
import { nearest } from "../spec/nearest.ts";
import { readText } from "../spec/read.ts";
import type { Path } from "../spec/source.ts";
import type { RehearsalScript, RehearsedAttempt } from "./rehearsal.ts";

/**
 * `publish.yaml` → `publish.rehearsal.yaml`; empty when there is none. `tasksOf`: all it may name, found out for a script
 * alone; null: not known.
 */
export function readRehearsal(
  files: Files,
  workflowFile: string,
  tasksOf: () => ReadonlySet<string> | null,
): Result<RehearsalScript> {
  const file = join(dirname(workflowFile), `${basename(workflowFile, extname(workflowFile))}.rehearsal.yaml`);
  return files.exists(file) ? readScript(basename(file), files.readBytes(file), tasksOf()) : good({});
}

export function readScript(
  file: string,
  bytes: Uint8Array | string,
  tasks: ReadonlySet<string> | null,
): Result<RehearsalScript> {
  const raw = readText(file, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value, findings);
  const script = scriptOf(value, findings, tasks);
  return findings.problems.length === 0 ? good(script) : bad(...findings.sorted());
}

function scriptOf(value: Json, findings: Findings, tasks: ReadonlySet<string> | null): RehearsalScript {
  const script: Record<string, readonly RehearsedAttempt[]> = {};
  if (!isMap(value)) {
    findings.add("E_TYPE", { path: [] }, { message: "a rehearsal file is a map: task → list of outcomes" });
    return script;
  }
  for (const [task, list] of Object.entries(value)) {
    if (tasks?.has(task) === false)
      findings.add(
        "E_UNKNOWN_TASK",
        { path: [task], part: "key" },
        { message: `task "${task}" does not exist`, hint: nearest(task, tasks) },
      );
    if (!Array.isArray(list) || !list.every(isMap)) {
      const message = `${task} must be a list of outcomes, one map per attempt`;
      findings.add("E_TYPE", { path: [task] }, { message });
      continue;
    }
    list.forEach((one: JsonMap, index) => {
      for (const [key, given] of Object.entries(one)) checkPart([task, index, key], given, findings);
    });
    script[task] = list as unknown as readonly RehearsedAttempt[];
  }
  return script;
}

const TEXT = (value: Json) => (typeof value === "string" ? null : "a text");

/** What each part of an outcome must be; null when it is. */
const PARTS: ReadonlyMap<string, (value: Json) => string | null> = new Map([
  ["output", () => null],
  ["exit_code", (value) => numberIn(value, "exitCode")],
  ["fail", TEXT],
  ["delay", (value) => numberIn(value, "delay")],
  ["ask", TEXT],
  ["limit", (value) => (typeof value === "boolean" ? null : "true or false")],
  ["decision", () => null],
  ["event", () => null],
]);

function numberIn(value: Json, range: "exitCode" | "delay"): string | null {
  return typeof value === "number" && isWithin(value, RANGES[range]) ? null : rangeText(RANGES[range]);
}

function checkPart(path: Path, value: Json, findings: Findings): void {
  const key = String(path.at(-1));
  const check = PARTS.get(key);
  if (check === undefined) {
    const message = `${key} is no part of an outcome (${[...PARTS.keys()].join(", ")})`;
    return findings.add(
      "E_UNKNOWN_KEY",
      { path, part: "key" },
      { message, hint: nearest(key, PARTS.keys()) },
    );
  }
  const wanted = check(value);
  if (wanted !== null) {
    const code = typeof value === "number" ? "E_RANGE" : "E_TYPE";
    return findings.add(
      code,
      { path },
      { message: `${key} must be ${wanted}, not ${JSON.stringify(value)}` },
    );
  }
  if (key !== "fail" || (FAILURE_CLASSES as readonly string[]).includes(String(value))) return;
  // A class that is nearly one of ours was meant to be it; any other may come from a driver.
  const near = nearest(String(value), FAILURE_CLASSES);
  if (near === undefined) return;
  findings.add("E_CHOICE", { path }, { message: `there is no failure class "${String(value)}"`, hint: near });
}
