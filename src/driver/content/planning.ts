/** From an order to the changes it makes, before anything is written. */
import { beyond, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import type { Note, OpenChange } from "./changes.ts";
import { difference } from "./diff.ts";
import { editText } from "./edit-text.ts";
import type { Creation, FileOrder, Order } from "./orders.ts";
import { kindOf } from "./page.ts";
import { type ReadFile, readText, tooLarge } from "./places.ts";
import { filledTemplate } from "./template.ts";

export interface Planning {
  readonly files: Files;
  readonly workspace: string;
  readonly umask: number;
  readonly limits: Limits | undefined;
  /** Of an attempt that did not come to its end. */
  readonly before: Note | null;
  /** Lets others go on; large files take their time. */
  readonly pause: () => Promise<void>;
}

/** A template that is not there is something an agent can mend (formats.md 7). */
export const TEMPLATE_MISSING = "there is no template ";

/** Every problem of every file, or all changes. */
export async function planned(order: Order, planning: Planning): Promise<Result<readonly OpenChange[]>> {
  const { limits } = planning;
  if (order.files.length > most(LIMITS.contentFiles, limits))
    return bad({ code: "E_TOO_LARGE", message: beyond(LIMITS.contentFiles, limits) });
  const changes: OpenChange[] = [];
  const problems: Problem[] = [];
  for (const file of order.files) {
    const change = await plannedFile(file, planning);
    if (change.ok) changes.push(change.value);
    else problems.push(...change.problems.map((problem) => ({ ...problem, message: named(file, problem) })));
  }
  return problems.length > 0 ? bad(...problems) : good(changes);
}

function named({ path }: FileOrder, { message }: Problem): string {
  return message.includes(path) ? message : `${path}: ${message}`;
}

async function plannedFile(file: FileOrder, planning: Planning): Promise<Result<OpenChange>> {
  const { files, workspace, limits, umask } = planning;
  const { path, edits } = file;
  if (edits.length > most(LIMITS.contentEdits, limits))
    return bad({ code: "E_TOO_LARGE", message: beyond(LIMITS.contentEdits, limits) });
  const read = readText(files, workspace, path, limits);
  if (!read.ok) return read;
  const known = planning.before?.changes.find((change) => change.path === path);
  if (known !== undefined && known.digestAfter === read.value?.digest)
    return good({ ...known, text: null, mode: read.value.mode });
  const start = startText(file, read.value, planning);
  if (!start.ok) return start;
  let text = start.value;
  for (const edit of edits) {
    await planning.pause();
    const next = editText(text, [edit], kindOf(path));
    if (!next.ok) return next;
    text = next.value;
  }
  const size = Buffer.byteLength(text);
  if (size > most(LIMITS.contentBytes, limits)) return bad(tooLarge(path, size, limits));
  const digestAfter = sha256(text);
  const digestBefore = read.value?.digest ?? null;
  if (file.create !== null && digestBefore !== null && digestBefore !== digestAfter)
    return bad(isThere(path));
  const { diff, linesAdded, linesRemoved } = difference(path, read.value?.text ?? null, text);
  const isSame = digestBefore === digestAfter;
  const mode = read.value?.mode ?? 0o666 & ~umask;
  return good({
    path,
    digestBefore,
    digestAfter,
    diff,
    linesAdded,
    linesRemoved,
    mode,
    text: isSame ? null : text,
  });
}

function startText(
  { path, create, expectDigest }: FileOrder,
  read: ReadFile | null,
  planning: Planning,
): Result<string> {
  if (create !== null) return createdText(path, create, planning);
  if (read === null)
    return bad({ code: "E_NOT_FOUND", message: `${path} is not there`, hint: "create: true makes it" });
  if (expectDigest === null || expectDigest === read.digest) return good(read.text);
  return bad({
    code: "E_STALE_PLAN",
    message: `${path} is not the file that was meant: it has changed since`,
    hint: `it has the digest ${read.digest} now`,
  });
}

function createdText(path: string, create: Creation, { files, workspace, limits }: Planning): Result<string> {
  if ("content" in create) return good(create.content);
  const template = readText(files, workspace, create.template, limits);
  if (!template.ok) return template;
  if (template.value === null)
    return bad({ code: "E_NOT_FOUND", message: TEMPLATE_MISSING + create.template, hint: `for ${path}` });
  const filled = filledTemplate(template.value.text, create.values, kindOf(path));
  return filled.ok ? filled : bad(...filled.problems.map((problem) => inTemplate(problem, create.template)));
}

function inTemplate(problem: Problem, template: string): Problem {
  return { ...problem, message: `${template}: ${problem.message}` };
}

/** Not said when it holds just this already: then an earlier attempt has made it. */
function isThere(path: string): Problem {
  return {
    code: "E_CONFLICT",
    message: `${path} is there already, with another text`,
    hint: "leave create away to edit it, or name another file",
  };
}
