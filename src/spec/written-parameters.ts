/** What a linked task says of its parameters, before anything runs. */
import { type Json, type JsonMap, own } from "../core/json.ts";
import type { Task } from "../core/workflow.ts";

/** Also by an expression. */
export function isSaid({ parameters }: Task, key: string): boolean {
  if (parameters.kind === "literal") return own(parameters.value as JsonMap, key) !== undefined;
  return parameters.kind === "map" && parameters.entries.some(([name]) => name === key);
}

/** A parameter that no expression gives. */
export function writtenOf({ parameters }: Task, key: string): Json | undefined {
  if (parameters.kind === "literal") return own(parameters.value as JsonMap, key);
  const entry =
    parameters.kind === "map" ? parameters.entries.find(([name]) => name === key)?.[1] : undefined;
  return entry?.kind === "literal" ? entry.value : undefined;
}
