/** How tasks of loops can be taken apart: files of the project in `.claude/decompositions`, and those that come with decapod. */
import { basename, extname, join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { packageFolder } from "../../port/package-folder.ts";
import { type Decomposition, readDecomposition } from "../../spec/decomposition-file.ts";
import { nearest } from "../../spec/nearest.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import { nameTrouble } from "./loop-task.ts";

export const DECOMPOSITIONS = ".claude/decompositions";
/** Taken when a task has none of the words of the others. */
const USUAL = "research";

interface FoundFile {
  readonly name: string;
  readonly shown: string;
  readonly path: string;
}

/** Without a project those that come with decapod. */
export function decompositionNames(files: Files, root: string | null): readonly string[] {
  return filesOf(files, root).map(({ name }) => name);
}

/** The project's own come first, and take the place of one that comes with decapod. */
function filesOf(files: Files, root: string | null): readonly FoundFile[] {
  const built = join(packageFolder("templates"), "decompositions");
  const ofProject = root === null ? [] : yamlIn(files, join(root, DECOMPOSITIONS));
  const own = ofProject.map((file) => ({ ...file, shown: `${DECOMPOSITIONS}/${basename(file.path)}` }));
  const taken = new Set(own.map(({ name }) => name));
  return [...own, ...yamlIn(files, built).filter(({ name }) => !taken.has(name))];
}

function yamlIn(files: Files, folder: string): readonly FoundFile[] {
  return files.list(folder).flatMap(({ name: file }) => {
    const path = join(folder, file);
    return /^[^.].*\.ya?ml$/.test(file) ? [{ name: basename(file, extname(file)), path, shown: path }] : [];
  });
}

export function findDecomposition(files: Files, root: string, name: string): Result<Decomposition> {
  const all = filesOf(files, root);
  const found = all.find((file) => file.name === name);
  if (found !== undefined) return read(files, found);
  const names = all.map((file) => file.name);
  return bad({
    code: "E_NOT_FOUND",
    message: `there is no way to take a task apart called "${name}"`,
    hint: nearest(name, names) ?? names.join(", "),
  });
}

function read(files: Files, { name, path, shown }: FoundFile): Result<Decomposition> {
  const bytes = readPlainFile(files, path, { shown, limits: BUILT_IN });
  if (bytes === null) return bad({ code: "E_NOT_FOUND", message: `${shown} is gone` });
  return bytes.ok ? readDecomposition({ name, shown }, bytes.value, nameTrouble) : bytes;
}

export interface Chosen {
  readonly decomposition: Decomposition;
  /** Why this one, in a few words. */
  readonly why: string;
}

/** By the words of the task's name, and by those of its description where the name has none. */
export function chooseDecomposition(
  files: Files,
  root: string,
  { name, description }: { readonly name: string; readonly description: string },
): Result<Chosen> {
  const known = filesOf(files, root).map((file) => read(files, file));
  const broken: readonly Problem[] = known.flatMap((one) => (one.ok ? [] : one.problems));
  if (broken.length > 0) return bad(...broken);
  // The usual one comes last: nearly every task has a word of it.
  const all = known.flatMap((one) => (one.ok ? [one.value] : []));
  const ordered = [...all.filter((one) => one.name !== USUAL), ...all.filter((one) => one.name === USUAL)];
  for (const [text, where] of [
    [name, "name"],
    [description, "description"],
  ] as const)
    for (const decomposition of ordered) {
      const word = decomposition.words.find((one) => plain(text).includes(plain(one)));
      if (word !== undefined) return good({ decomposition, why: `its ${where} says ${word}` });
    }
  const usual = ordered.at(-1);
  if (usual?.name !== USUAL) return bad({ code: "E_NOT_FOUND", message: `there is no ${USUAL}` });
  return good({ decomposition: usual, why: "nothing in it asks for another" });
}

/** ` deep dive ` in ` a deep dive into queues `: whole words, however they are joined. */
function plain(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ")
    .trim()} `;
}
