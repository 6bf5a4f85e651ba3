/** A project like most: the built-in roles and workers, nothing of the environment passed on. */
import type { Problem } from "../../src/core/problem.ts";
import { type Checked, readWorkflow, type Surroundings } from "../../src/spec/workflow-file.ts";

export const ROLES: readonly string[] = [
  "planner",
  "coder",
  "checker",
  "frontend",
  "backend",
  "research",
  "researcher",
  "orchestrator",
  "writer",
];
export const WORKERS: readonly string[] = ["hugo-build", "deploy", "content-edit"];

export function surroundings(changes: Partial<Surroundings> = {}): Surroundings {
  return {
    roles: new Set(ROLES),
    workers: new Set(WORKERS),
    environmentPass: [],
    checks: new Map(),
    secretCommandsAllowed: true,
    ...changes,
  };
}

/** The problems of a text, none when it is good. */
export function problemsOf(
  text: string,
  file = "wf.yaml",
  changes: Partial<Surroundings> = {},
): readonly Problem[] {
  const read = readWorkflow(file, text, surroundings(changes));
  return read.ok ? [] : read.problems;
}

/** What is read from a text that must be good. */
export function goodWorkflow(text: string, file = "wf.yaml", changes: Partial<Surroundings> = {}): Checked {
  const read = readWorkflow(file, text, surroundings(changes));
  if (read.ok) return read.value;
  throw new Error(
    read.problems.map(({ code, message, at }) => `${code} ${message} (${at?.line}:${at?.column})`).join("\n"),
  );
}
