/** Sessions of codex: one file each, below its home. An attempt that goes on has a copy, in a home of its own. */
import { join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import type { Files } from "../../port/files.ts";
import { filesBelow } from "../../work/inside.ts";
import { mapAt, numberAt, readEvent, textAt } from "../agent/event.ts";
import type { SessionText } from "../agent/session.ts";
import { type Asked, startTokensIn } from "../agent/start-tokens.ts";
import { type Keeping, sessionBefore, textOfSession } from "../agent/transcript.ts";
import type { Work } from "../driver.ts";
import { tokensOf } from "./facts.ts";

const SESSION = /^[0-9a-f-]{36}$/;

/** null: there is none, or none that may be kept. */
export function takeSession(id: string | null, home: string, keeping: Keeping): SessionText | null {
  const path = pathOf(id, home, keeping.files);
  if (id === null || path === null) return null;
  return textOfSession({ id, path, seal: '"encrypted_content"', usageIn }, keeping);
}

export function startTokensOf(id: string | null, home: string, work: Work, files: Files): number | null {
  return startTokensIn(pathOf(id, home, files), { work, files, askedIn });
}

function pathOf(id: string | null, home: string, files: Files): string | null {
  if (id === null || !SESSION.test(id)) return null;
  const sessions = join(home, "sessions");
  const name = filesBelow(files, sessions).find((file) => file.endsWith(`-${id}.jsonl`));
  return name === undefined ? null : join(sessions, name);
}

/** What was read from the model's cache was told as well, and is counted with the rest. */
function askedIn(event: JsonMap): Asked | null {
  const payload = mapAt(event, "payload");
  const tokens = numberAt(mapAt(mapAt(payload, "info"), "last_token_usage"), "input_tokens");
  if (textAt(payload, "type") !== "token_count" || tokens === null) return null;
  return { name: textAt(event, "timestamp") ?? "", tokens };
}

/** It counts on from what all turns of the session used. */
function usageIn(transcript: string): Usage {
  const line = transcript.split("\n").findLast((one) => one.includes('"token_count"'));
  const payload: JsonMap = mapAt((line === undefined ? null : readEvent(Buffer.from(line))) ?? {}, "payload");
  if (textAt(payload, "type") !== "token_count") return { costUsd: null, tokens: null };
  return { costUsd: null, tokens: tokensOf(mapAt(mapAt(payload, "info"), "total_token_usage")) };
}

export interface Resumed {
  readonly words: readonly string[];
  readonly folders: readonly string[];
  readonly files: readonly (readonly [path: string, text: string])[];
}

/** It looks for the file by its name, which begins with a time that says nothing here. */
export function resumed(work: Pick<Work, "session" | "reattach">, home: string, files: Files): Resumed {
  const before = sessionBefore(work);
  // One that runs already has had its copy.
  if (before === null || work.reattach) return { words: [], folders: [], files: [] };
  const folder = join(home, "sessions/2000/01/01");
  const path = join(folder, `rollout-2000-01-01T00-00-00-${before.id}.jsonl`);
  return {
    words: ["resume", before.id],
    folders: [folder],
    files: [[path, files.readText(before.transcript)]],
  };
}
