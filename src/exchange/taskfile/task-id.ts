/** Ids of task files and the names of the files: an id becomes a part of paths, so only what is safe there is one. */
import type { Said } from "../../spec/findings.ts";

/** In UTF-8. `.result.md` and the name of a temporary file must fit behind it. */
export const ID_BYTES_MAX = 180;

/** Letters and digits of any script, and between them `.`, `_` and `-`. */
const ID = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u;
/** Names that Windows keeps for devices, with whatever ending: a repository is cloned there too. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
/** What is not seen, or turns the direction of what is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const HINT = "letters, digits, - and _, such as 2026-01-19-1430-hugo-build-staging";

/** Why a text is no id; null when it is one. */
export function idTrouble(
  id: string,
): (Said & { readonly code: "E_TASK_ID" | "E_ENCODING"; readonly offset: number }) | null {
  const unseen = UNSEEN.exec(id);
  if (unseen !== null)
    return {
      code: "E_ENCODING",
      message: `the id holds a character that is not seen (U+${codeOf(unseen[0])})`,
      hint: HINT,
      offset: unseen.index,
    };
  const bad = (message: string) => ({ code: "E_TASK_ID" as const, message, hint: HINT, offset: 0 });
  if (id === "") return bad("the id is empty");
  if (Buffer.byteLength(id) > ID_BYTES_MAX)
    return bad(`the id has ${Buffer.byteLength(id)} bytes, at most ${ID_BYTES_MAX} are allowed`);
  if (!ID.test(id) || id.includes("..") || id.endsWith(".") || DEVICE.test(id))
    return bad(`"${id}" is no id for a task`);
  if (idOfFile(id) !== null) return bad(`"${id}" ends as the name of a file does, and is no id for a task`);
  return null;
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** The same for ids that some file systems take for one: capitals and the way an accent is written do not count. */
export function keyOfId(id: string): string {
  return id.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

const ENDING = ".md";

export function fileOfId(id: string): string {
  return `${id}${ENDING}`;
}

/** Every name that its file may have: other programs write the ending in capitals. */
export function filesOfId(id: string): readonly string[] {
  return [ENDING, ".MD", ".Md", ".mD"].map((ending) => `${id}${ending}`);
}

/** The id that a file's name stands for, whether or not it can be one; null for a file of another kind. */
export function idOfFile(name: string): string | null {
  return name.toLowerCase().endsWith(ENDING) ? name.slice(0, -ENDING.length) : null;
}

/** Left behind by editors and by programs that keep folders of several machines the same. */
const STRAY: readonly (readonly [RegExp, string])[] = [
  [/ \(\d+\)\.md$/i, "a second copy"],
  [/[ ._-](?:conflict|conflicted|sync-conflict|in conflict)\b.*\.md$/i, "a copy of a conflict"],
  [/\((?:[^)]*conflicted[^)]*)\)/i, "a copy of a conflict"],
  [/(?:~|\.sw[a-z]|\.bak|\.orig|\.tmp|\.part|\.crdownload|\.icloud|#)$/i, "a file that is not there yet"],
];

/** Files that lie in the folders without being tasks, and about which nobody needs to hear. */
const QUIET = /^(?:\..*|README\.md|Thumbs\.db|desktop\.ini)$/i;

/**
 * Why a file in `pending` is no task; null when it is taken for one. A `reason` of null: it is passed over without a
 * word. What begins with a dot is still being written, or somebody's own.
 */
export function strayReason(name: string): { readonly reason: string | null } | null {
  const stray = STRAY.find(([pattern]) => pattern.test(name));
  if (QUIET.test(name)) return { reason: name.endsWith(".icloud") ? "a file that is not there yet" : null };
  if (stray !== undefined) return { reason: stray[1] };
  return idOfFile(name) === null ? { reason: "not a .md file" } : null;
}
