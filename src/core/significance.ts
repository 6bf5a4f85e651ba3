/** Whether a change is one that a person is asked about (formats.md 6), and why: files, deletions, and what lies where. */
import { compileGlob } from "./glob.ts";
import { isMap, type Json } from "./json.ts";
import { thousands } from "./thousands.ts";

/** What is different from what was there before. */
export interface Change {
  /** All of them: made, changed and deleted. */
  readonly files: number;
  readonly deletions: number;
  /** Of the files; the first ones where they are too many to be listed. */
  readonly paths: readonly string[];
}

/** So many are listed, and no longer ones: they are looked at while a run is decided. What is not listed counts as significant. */
export const PATHS_MAX = 2_000;
export const PATH_LENGTH_MAX = 500;

/** From which change on a person is asked. */
export interface SignificanceRules {
  /** More files than this. */
  readonly files: number;
  /** More deleted files than this. */
  readonly deletions: number;
  /** Globs: a single one of these files is enough. */
  readonly paths: readonly string[];
}

/** Where the file says nothing of its own: layouts and configuration change every page, and what is gone is gone. */
export const SIGNIFICANT: SignificanceRules = {
  files: 20,
  deletions: 0,
  paths: [
    "**/{layouts,themes,assets}/**",
    "**/{hugo,config}.{toml,yaml,yml,json}",
    "**/config/**",
    ".github/**",
    "**/{package.json,package-lock.json,go.mod,go.sum}",
  ],
};

export interface Significance {
  readonly significant: boolean;
  /** Never empty. */
  readonly reasons: readonly string[];
}

/** What is not known counts as large: nobody can say that it is small. */
export function significance(change: Change | null, rules: SignificanceRules): Significance {
  if (change === null) return { significant: true, reasons: ["what changes is not known"] };
  const { files, deletions, paths } = change;
  const reasons: string[] = [];
  if (files > rules.files) reasons.push(`${filesText(files)} changed, more than ${rules.files}`);
  if (deletions > rules.deletions)
    reasons.push(
      `${filesText(deletions)} deleted${rules.deletions === 0 ? "" : `, more than ${rules.deletions}`}`,
    );
  const tests = rules.paths.map((glob) => [glob, compileGlob(glob)] as const);
  for (const [glob, fits] of tests) {
    const found = paths.find((path) => fits(path));
    if (found !== undefined) reasons.push(`${found} changed (${glob})`);
  }
  if (paths.length < files && rules.paths.length > 0)
    reasons.push(`${filesText(files - paths.length)} changed that are not listed`);
  if (reasons.length > 0) return { significant: true, reasons };
  return { significant: false, reasons: [`${changeText(change)}, nothing that counts as significant`] };
}

/** `12 files changed, 2 of them deleted` */
export function changeText({ files, deletions }: Change): string {
  if (files === 0) return "no file changed";
  return `${filesText(files)} changed, ${deletions === 0 ? "none" : thousands(deletions)} of them deleted`;
}

function filesText(count: number): string {
  return count === 1 ? "1 file" : `${thousands(count)} files`;
}

/** As an earlier task gives it: `{files, deletions, paths}`, each a number or the list itself; null: it is no such thing. */
export function readChange(value: Json): Change | null {
  if (!isMap(value)) return null;
  if (value.files === undefined && value.paths === undefined) return null;
  const named = textsOf(value.paths) ?? textsOf(value.files) ?? [];
  const files = countOf(value.files) ?? named.length;
  const deletions = countOf(value.deletions) ?? 0;
  const paths = named.filter(({ length }) => length <= PATH_LENGTH_MAX).slice(0, PATHS_MAX);
  return { files: Math.max(files, named.length, deletions), deletions, paths };
}

function countOf(value: Json | undefined): number | null {
  if (Array.isArray(value)) return value.length;
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.floor(value) : null;
}

function textsOf(value: Json | undefined): readonly string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}
