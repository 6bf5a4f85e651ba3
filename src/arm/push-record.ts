/** What is known of a project's pushes, beside the copies of its journal and outside of it: no agent writes there. */
import { join } from "node:path";
import type { Held } from "../git/pushable.ts";
import type { Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import type { Remotes } from "../spec/user-remotes.ts";

export interface PushRecord {
  /** Ref → the commit that the remote has taken for it. */
  readonly there: Readonly<Record<string, string>>;
  /** What does not go, and why. */
  readonly held: readonly Held[];
  /** The last push, when it failed; wall time in ms. */
  readonly failed: { readonly at: number; readonly why: string } | null;
}

const NOTHING: PushRecord = { there: {}, held: [], failed: null };

/** null: the person pushes nothing of this project. */
export function remoteOf(remotes: Remotes, projectRoot: string, files: Files): string | null {
  const root = files.realPath(projectRoot);
  const isThis = (project: string) =>
    project === root || (files.statTarget(project) !== null && files.realPath(project) === root);
  return Object.entries(remotes).find(([project]) => isThis(project))?.[1] ?? null;
}

/** Of this remote; what was noted of another one is past. */
export function readPushRecord(files: Files, folder: string, remote: string): PushRecord {
  const written = parsed(files.readTextIf(fileIn(folder)) ?? "");
  if (written?.remote !== nameOf(remote)) return NOTHING;
  const { there, held, failed } = { ...NOTHING, ...written };
  return { there, held, failed };
}

export function writePushRecord(files: Files, folder: string, remote: string, record: PushRecord): void {
  files.makeFolder(folder);
  files.writeAtomic(fileIn(folder), `${JSON.stringify({ remote: nameOf(remote), ...record })}\n`);
}

function fileIn(folder: string): string {
  return join(folder, "pushed.json");
}

/** The address may hold a secret. */
function nameOf(remote: string): string {
  return sha256(remote).slice(0, 16);
}

function parsed(text: string): (PushRecord & { readonly remote?: string }) | null {
  try {
    return JSON.parse(text);
  } catch {
    // Cut short by somebody: all goes once more, and is there already.
    return null;
  }
}
