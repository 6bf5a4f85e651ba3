/** The receipt of a hand-off: which version of everything an attempt was given. Kept beside its brief. */
import { join } from "node:path";
import type { Assignment } from "../core/event.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { MEMORY_FILE, type Memory } from "./memory.ts";

export const HANDOFF_FILE = "handoff.json";

export interface Handoff {
  readonly schemaVersion: 1;
  /** `RUN/TASK/N`: who was given it. */
  readonly attempt: string;
  readonly brief: Version;
  /** `shown`: its text stands in the brief, which else only names it. */
  readonly memory:
    | (Version & { readonly path: string; readonly lines: number; readonly shown: boolean })
    | null;
  /** Outputs of what was done before, by their digests in the journal. */
  readonly outputs: readonly (Version & { readonly task: string; readonly status: string })[];
}

/** sha256, hex, and size in bytes. */
interface Version {
  readonly digest: string;
  readonly bytes: number;
}

export function handoffOf(
  { dependencies }: Pick<Assignment, "dependencies">,
  given: { readonly attempt: string; readonly brief: string; readonly memory: Memory | null },
): Handoff {
  const { attempt, brief, memory } = given;
  return {
    schemaVersion: 1,
    attempt,
    brief: versionOf(brief),
    memory:
      memory === null
        ? null
        : {
            path: MEMORY_FILE,
            digest: memory.digest,
            bytes: memory.bytes,
            lines: memory.lines,
            shown: memory.text !== null,
          },
    outputs: dependencies.map(({ id, status, output }) => ({ task: id, status, ...outputVersion(output) })),
  };
}

/** Of the attempt with this folder; null where there is none. An agent may write there: another form counts as none. */
export function handoffIn(files: Files, folder: string): Handoff | null {
  const path = join(folder, HANDOFF_FILE);
  const stat = files.stat(path);
  if (stat?.kind !== "file" || stat.size > BYTES_MAX) return null;
  try {
    const value = JSON.parse(files.readTextIf(path) ?? "null") as Json;
    return isHandoff(value) ? (value as unknown as Handoff) : null;
  } catch {
    return null;
  }
}

const BYTES_MAX = 8 * 1024 * 1024;

function isHandoff(value: Json): boolean {
  if (!isMap(value) || own(value, "schemaVersion") !== 1) return false;
  const [brief, memory, outputs] = ["brief", "memory", "outputs"].map((key) => own(value, key));
  return (
    isVersion(brief) &&
    (memory === null || isVersion(memory, "path")) &&
    Array.isArray(outputs) &&
    outputs.every((output) => isVersion(output, "task"))
  );
}

function isVersion(value: Json | undefined, ...texts: readonly string[]): value is JsonMap {
  return isMap(value) && ["digest", ...texts].every((key) => typeof own(value, key) === "string");
}

function outputVersion(output: OutputValue): Version {
  if (!("value" in output)) return { digest: output.digest, bytes: output.bytes };
  return versionOf(JSON.stringify(output.value));
}

function versionOf(text: string): Version {
  return { digest: sha256(text), bytes: Buffer.byteLength(text) };
}
