/** Sessions that an agent keeps in files of its own: how they are taken from there, and what goes on with them. */
import { LIMITS, most } from "../../core/limits.ts";
import type { Usage } from "../../core/outcome.ts";
import type { Files } from "../../port/files.ts";
import { redactText, type SecretForms, secretForms, starMarker } from "../../work/redact.ts";
import { transcriptIn } from "../../work/session.ts";
import type { Work } from "../driver.ts";
import type { AgentCall } from "./agent.ts";
import type { SessionText } from "./session.ts";
import { isNotTaken } from "./words.ts";

export interface Keeping {
  readonly files: Files;
  readonly secrets: Readonly<Record<string, string>>;
  readonly limits?: Work["limits"];
}

export interface WrittenSession {
  readonly id: string;
  readonly path: string;
  /** What stands in lines that the model has signed or sealed. */
  readonly seal: string;
  /** What all of it used, as the agent will count on. */
  readonly usageIn: (transcript: string) => Usage;
}

/** Of an agent that counts each attempt by itself. */
export const COUNTS_ANEW = (): Usage => ({ costUsd: null, tokens: null });

export function keepingOf(call: AgentCall, { limits }: Work, files: Files): Keeping {
  return { files, secrets: call.request.secrets ?? {}, ...(limits !== undefined && { limits }) };
}

/** null: it may not be kept. */
export function textOfSession(
  { id, path, seal, usageIn }: WrittenSession,
  { files, secrets, limits }: Keeping,
): SessionText | null {
  if ((files.stat(path)?.size ?? 0) > most(LIMITS.sessionBytes, limits)) return null;
  const transcript = redacted(files.readText(path), secretForms(secrets), seal);
  return transcript === null ? null : { id, usage: usageIn(transcript), transcript };
}

/** null: what the model has signed would be changed, and is then taken from nobody. */
function redacted(written: string, forms: SecretForms, seal: string): string | null {
  if (forms.isEmpty) return written;
  const text = redactText(written, forms, starMarker);
  if (text === written) return text;
  const after = text.split("\n");
  const changed = written.split("\n").filter((line, at) => line !== after[at]);
  return changed.some((line) => line.includes(seal)) ? null : text;
}

/** With which it goes on; null: with none. */
export function sessionBefore({ session }: Pick<Work, "session">) {
  const kept = session?.kept ?? null;
  return kept === null ? null : { ...kept, transcript: transcriptIn(kept.folder) };
}

/** Some totals go on over sessions that are resumed: what is smaller than before began at nothing. */
export function since<Total extends number | null>(total: Total, before: number | null): Total | number {
  return total === null || before === null || total < before ? total : total - before;
}

interface Begun {
  /** The agent itself said of the session that it cannot go on with it. */
  readonly isRefused: boolean;
  /** The model has answered. */
  readonly isAtWork: boolean;
  /** Why it failed; null: nobody told. */
  readonly why: string | null;
}

/**
 * Of one that ended without a result: it was to go on with a session, and could not. That it ended early is no sign of
 * it: whatever else stopped it would stop a new session too.
 */
export function isNotResumed(work: Pick<Work, "session">, { isRefused, isAtWork, why }: Begun): boolean {
  if (sessionBefore(work) === null || isAtWork) return false;
  return isRefused || (why !== null && isNotTaken(why));
}
