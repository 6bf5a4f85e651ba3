/**
 * What the engine itself found of what a person is asked about: which commit, which files, how they differ from what was
 * brought there before. Agents have no say in it; an approval is bound to it.
 */
import type { JsonMap } from "./json.ts";
import { type Change, changeText } from "./significance.ts";
import { thousands } from "./thousands.ts";

/** What shall be looked at, all expressions read. */
export interface MeasureAsked {
  /** Names what is brought where: the last success with the same one is what it is compared with. */
  readonly target: string;
  /** The folder that is deployed, as the task says it; null: it says none. */
  readonly source: string | null;
  /** Of a deploy: what says whether its target is production. null: not asked. */
  readonly parameters: JsonMap | null;
  /** Whether it is asked how much has changed. */
  readonly countsChange: boolean;
  /** What a person is shown of the work itself. */
  readonly show: ShowAsked | null;
}

export type ShowAsked = { readonly file: string } | { readonly diff: true };

export interface Measured {
  readonly target: string;
  /** What is checked out; null: there is no repository. */
  readonly commit: string | null;
  /** The commit that was brought there last; null: none is known. */
  readonly since: string | null;
  /** From there to what lies here now, committed or not; null: not known. */
  readonly change: Change | null;
  readonly artefact: Artefact | null;
  readonly production?: true;
  /** Of the project's targets, where they say it: what visitors see, and where to look before. */
  readonly urls?: { readonly site: string | null; readonly staging: string | null };
  readonly shown?: Shown;
  /** Why something is not known. */
  readonly notes: readonly string[];
}

/** A folder with everything in it, by content. */
export interface Artefact {
  readonly path: string;
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

export interface Shown {
  /** The file, or what the difference is from. */
  readonly of: string;
  readonly text: string;
  /** Lines that are not in the text. */
  readonly linesLeft: number;
}

/** What an attempt may do. */
export interface Approved {
  readonly asked: MeasureAsked;
  readonly found: Measured;
  /** Why nobody was asked; null: a person was. */
  readonly why: string | null;
}

/** What is different from what was approved; null: nothing that an approval is bound to. */
export function differenceOf(approved: Measured, found: Measured): string | null {
  const told: string[] = [];
  if (approved.commit !== found.commit)
    told.push(`commit ${shortHash(approved.commit)} → ${shortHash(found.commit)}`);
  if (approved.artefact?.digest !== found.artefact?.digest)
    told.push(`${artefactText(approved.artefact)} → ${artefactText(found.artefact)}`);
  if ((approved.production ?? false) !== (found.production ?? false))
    told.push(
      found.production === true ? "its target is production now" : "its target is not production any more",
    );
  return told.length === 0 ? null : told.join("; ");
}

function artefactText(artefact: Artefact | null): string {
  if (artefact === null) return "no files";
  const { path, files, digest } = artefact;
  return `${path} with ${thousands(files)} ${files === 1 ? "file" : "files"} (${shortHash(digest)})`;
}

export function shortHash(hash: string | null): string {
  return hash === null ? "none" : hash.slice(0, 12);
}

/** A line of what a person reads first. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}

export function factsOf({ change, since, commit, artefact, notes }: Measured): readonly Fact[] {
  const facts: Fact[] = [];
  if (change !== null) {
    const from = since === null ? "" : ` since ${shortHash(since)}`;
    facts.push({ name: "changes", text: `${changeText(change)}${from}` });
  }
  if (commit !== null) facts.push({ name: "commit", text: shortHash(commit) });
  if (artefact !== null)
    facts.push({ name: "files", text: `${artefactText(artefact)}, ${thousands(artefact.bytes)} bytes` });
  for (const note of notes) facts.push({ name: "note", text: note });
  return facts;
}
