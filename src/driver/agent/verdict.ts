/** What an attempt of an agent came to, as far as all agents have it in common. */
import type { Json } from "../../core/json.ts";
import { LIMITS, most } from "../../core/limits.ts";
import { type Failure, failure } from "../../core/outcome.ts";
import type { Outcome, Work } from "../driver.ts";
import { asking, questionIn } from "./question.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** True: we ended it, because it had given its result or could never give one. */
  readonly isDone: boolean;
  readonly lastError: string;
}

export type Verdict = Pick<Outcome, "status" | "output" | "failure" | "notes" | "asks" | "neverBegan"> & {
  readonly resetAt?: number | null;
  /** Of a used-up limit: what was said of it, to be read for the time of its reset. */
  readonly limit?: string;
};

const NOTHING = { output: null, notes: [] } as const;

export function failedWith(failure: Failure | null): Verdict {
  return { ...NOTHING, status: "failed", failure };
}

/** `resetAt` in ms since the epoch; null: nobody told. */
export function usedUp(resetAt: number | null): Verdict {
  return { ...NOTHING, status: "quota_exhausted", failure: null, resetAt };
}

/** Nothing was done: it is made again at once, and counts for nothing. */
export function neverBegan(why: string): Verdict {
  return { ...NOTHING, status: "lost", failure: failure("lost", why), neverBegan: true };
}

/** Told in words alone. */
export function usedUpBy(words: string): Verdict {
  return { ...usedUp(null), limit: words };
}

export function succeeded(output: Json): Verdict {
  return { status: "success", output, failure: null, notes: [] };
}

/** A final text as an output, or the question that it is; what is above the limit is in the stream file only. */
export function withText(text: string, bytesMax: number): Verdict {
  const asks = questionIn(text);
  if (asks !== null) return asking(asks);
  const output = text.trim();
  const bytes = Buffer.from(output, "utf8");
  if (bytes.length <= bytesMax) return succeeded(output);
  const start = new TextDecoder().decode(bytes.subarray(0, bytesMax)).replace(/\ufffd$/, "");
  const note = `the final text has ${bytes.length} bytes; the output is its first ${bytesMax}`;
  return { ...succeeded(start), notes: [note] };
}

/** An answer in words; JSON that was asked for is often put into a block of its own. */
export function withAnswer(
  text: string,
  { outputSchema, limits }: Pick<Work, "outputSchema" | "limits">,
): Verdict {
  const [, inner] = outputSchema === null ? [] : (BLOCK.exec(text.trim()) ?? []);
  return withText(inner ?? text, most(LIMITS.stdoutBytes, limits));
}

const BLOCK = /^```(?:json)?\n([\s\S]*)\n```$/;

export function howEnded({ code, signal, lastError }: Ended): string {
  const how = code === null ? (signal ?? "by a signal") : `exit ${code}`;
  return lastError === "" ? how : `${how}: ${lastError}`;
}
