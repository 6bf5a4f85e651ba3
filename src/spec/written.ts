/** What a workflow file says of itself, whether or not all of it is right. */

import { LIMITS } from "../core/limits.ts";
import type { Files } from "../port/files.ts";
import { bytesIfOpen } from "./project.ts";
import { readText } from "./read.ts";

export interface Written {
  /** The first line of it; null when there is none. */
  readonly description: string | null;
  readonly tasks: readonly string[];
  readonly params: readonly WrittenParam[];
}

export interface WrittenParam {
  readonly name: string;
  readonly choices: readonly string[];
  /** Its description, or nothing. */
  readonly what: string;
}

/** null when the file cannot be read as YAML or JSON. */
export function readWritten(files: Files, path: string): Written | null {
  const stat = files.statTarget(path);
  if (stat?.kind !== "file" || stat.size > LIMITS.yamlBytes.default) return null;
  const bytes = bytesIfOpen(files, path);
  const raw = bytes === null ? null : readText(path, bytes);
  if (raw?.ok !== true) return null;
  const { description, tasks, params } = mapOf(raw.value.value);
  return {
    description: typeof description === "string" ? (description.trim().split("\n")[0] ?? null) : null,
    tasks: Array.isArray(tasks) ? tasks.flatMap((task) => texts(mapOf(task).id)) : [],
    params: Object.entries(mapOf(params)).map(([name, param]) => paramOf(name, mapOf(param))),
  };
}

function paramOf(name: string, { enum: choices, type, description }: ReturnType<typeof mapOf>): WrittenParam {
  const given = Array.isArray(choices) ? choices : type === "boolean" ? [true, false] : [];
  return {
    name,
    choices: given.filter((choice) => typeof choice !== "object").map(String),
    what: texts(description)[0] ?? "",
  };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : [];
}
