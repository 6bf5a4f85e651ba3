/**
 * Sessions of claude. It writes each into a file of its own, named by the session, with all that was said: what it read,
 * wrote and was told. We take that file away from where it lies, whoever's folder that is, and keep it redacted.
 */
import { join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import type { Files } from "../../port/files.ts";
import { mapAt, numberAt, readEvent, textAt } from "../agent/event.ts";
import type { SessionText } from "../agent/session.ts";
import { type Keeping, sessionBefore, textOfSession } from "../agent/transcript.ts";
import type { Work } from "../driver.ts";
import { tokensOfModels } from "./facts.ts";

/** A fork has an id and a file of its own: who else goes on with the same session never writes to it. */
export function resumeArguments(work: Pick<Work, "session">): readonly string[] {
  const before = sessionBefore(work);
  if (before === null) return [];
  // Its role says what it is, not the one whose session it was.
  return ["--resume", before.transcript, "--fork-session", "--system-prompt-snapshot", "off"];
}

export interface ClaudeKeeping extends Keeping {
  /** Where claude may have been told to keep its files. */
  readonly configFolders: readonly string[];
}

const SESSION = /^[0-9a-f-]{36}$/;

/** null: there is none, or none that may be kept. */
export function takeSession(id: string | null, keeping: ClaudeKeeping): SessionText | null {
  if (id === null || !SESSION.test(id)) return null;
  const { files, configFolders } = keeping;
  const found = configFolders.flatMap((folder) => [...filesOf(files, folder, id)]).at(0);
  if (found === undefined) return null;
  try {
    return textOfSession({ id, path: found.file, seal: '"signature"', usageIn }, keeping);
  } finally {
    files.remove(found.file);
    files.removeTree(found.folder);
  }
}

function* filesOf(files: Files, configFolder: string, id: string) {
  const projects = join(configFolder, "projects");
  for (const { name, kind } of files.list(projects)) {
    const file = join(projects, name, `${id}.jsonl`);
    if (kind === "folder" && files.stat(file)?.kind === "file")
      yield { file, folder: join(projects, name, id) };
  }
}

/** What it had used in all, as claude will go on counting: it writes that down when it ends, unless it was killed. */
function usageIn(transcript: string): Usage {
  const line = transcript.split("\n").findLast((one) => one.includes('"cost-state"'));
  const state: JsonMap = (line === undefined ? null : readEvent(Buffer.from(line))) ?? {};
  if (textAt(state, "type") !== "cost-state") return { costUsd: null, tokens: null };
  return { costUsd: numberAt(state, "totalCostUSD"), tokens: tokensOfModels(mapAt(state, "modelUsage")) };
}
