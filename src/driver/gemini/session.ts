/** Sessions of gemini: files below its home, from which another attempt begins one of its own. */
import { join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import type { Files } from "../../port/files.ts";
import { filesBelow } from "../../work/inside.ts";
import { mapAt, numberAt, textAt } from "../agent/event.ts";
import type { SessionText } from "../agent/session.ts";
import { type Asked, startTokensIn } from "../agent/start-tokens.ts";
import { COUNTS_ANEW, type Keeping, sessionBefore, textOfSession } from "../agent/transcript.ts";
import type { Work } from "../driver.ts";

const SESSION = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** null: there is none, or none that may be kept. */
export function takeSession(id: string | null, home: string, keeping: Keeping): SessionText | null {
  const path = pathOf(id, home, keeping.files);
  if (id === null || path === null) return null;
  return textOfSession({ id, path, seal: '"thoughtSignature"', usageIn: COUNTS_ANEW }, keeping);
}

export function startTokensOf(id: string | null, home: string, work: Work, files: Files): number | null {
  return startTokensIn(pathOf(id, home, files), { work, files, askedIn });
}

function pathOf(id: string | null, home: string, files: Files): string | null {
  return id === null || !SESSION.test(id) ? null : fileOf(id, join(home, ".gemini/tmp"), files);
}

/** Each answer stands there with what was counted for it. */
function askedIn(event: JsonMap): Asked | null {
  const tokens = numberAt(mapAt(event, "tokens"), "input");
  const name = textAt(event, "id");
  return textAt(event, "type") !== "gemini" || tokens === null || name === null ? null : { name, tokens };
}

/** Of a session that went on with another there are two: what was said is in the larger one. */
function fileOf(id: string, folder: string, files: Files): string | null {
  const end = `-${id.slice(0, 8)}.jsonl`;
  const found = filesBelow(files, folder)
    .filter((name) => name.includes("/chats/session-") && name.endsWith(end))
    .map((name) => ({ path: join(folder, name), size: files.stat(join(folder, name))?.size ?? 0 }));
  return found.sort((left, right) => right.size - left.size).at(0)?.path ?? null;
}

export function resumeWords(work: Pick<Work, "session">): readonly string[] {
  const before = sessionBefore(work);
  return before === null ? [] : ["--session-file", before.transcript];
}
