/** Sessions of gemini: files below its home, from which another attempt begins one of its own. */
import { join } from "node:path";
import type { Files } from "../../port/files.ts";
import { filesBelow } from "../../work/inside.ts";
import type { SessionText } from "../agent/session.ts";
import { COUNTS_ANEW, type Keeping, sessionBefore, textOfSession } from "../agent/transcript.ts";
import type { Work } from "../driver.ts";

const SESSION = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** null: there is none, or none that may be kept. */
export function takeSession(id: string | null, home: string, keeping: Keeping): SessionText | null {
  if (id === null || !SESSION.test(id)) return null;
  const path = fileOf(id, join(home, ".gemini/tmp"), keeping.files);
  if (path === null) return null;
  return textOfSession({ id, path, seal: '"thoughtSignature"', usageIn: COUNTS_ANEW }, keeping);
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
