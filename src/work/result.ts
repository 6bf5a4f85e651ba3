/** From what a driver says to what the journal keeps: the schema is checked, a large output put apart. */
import type { AttemptOutcome } from "../core/event.ts";
import { holdsUnwritable, type Json } from "../core/json.ts";
import { type Failure, failure, NO_OUTPUT, type OutputValue } from "../core/outcome.ts";
import type { Outcome } from "../driver/driver.ts";
import { fits } from "../spec/json-schema.ts";

/** What was asked for, and of whom: an agent can be asked again for an output that fits. */
export interface Asked {
  readonly schema: Json | null;
  readonly isAgent: boolean;
  /** How often it has been asked again. */
  readonly misfits: number;
}

export function conclude(
  outcome: Outcome,
  { schema, isAgent, misfits }: Asked,
  put: (value: Json) => OutputValue,
): AttemptOutcome {
  const judged = keepable(
    outcome.status === "success" && schema !== null
      ? readAgainst(schema, outcome.output)
      : { output: outcome.output, failure: null },
  );
  const failed: Failure | null = outcome.failure ?? judged.failure;
  const asked = misfits === 0 ? [] : [`asked again for an output that fits output_schema, time ${misfits}`];
  const notes = [...outcome.notes, ...asked];
  const status = outcome.status === "lost" ? "failed" : outcome.status;
  return {
    status: status === "success" && failed !== null ? "failed" : status,
    exitCode: outcome.exitCode,
    output: judged.output === null ? NO_OUTPUT : put(judged.output),
    failure:
      status === "failed" ? (failed ?? failure("unknown", "the attempt failed and did not say why")) : failed,
    durationMs: Math.round(outcome.durationMs),
    usage: outcome.usage,
    ...(outcome.resetAt !== undefined && { resetAt: outcome.resetAt }),
    ...(outcome.asks !== undefined && { asks: outcome.asks }),
    ...(outcome.stale !== undefined && { stale: outcome.stale }),
    ...(isAgent && schema !== null && failed?.class === "output_missing" && { misfit: true as const }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

interface Judged {
  readonly output: Json;
  readonly failure: Failure | null;
}

/** What the journal cannot hold would be another value for those who read it back. */
function keepable(judged: Judged): Judged {
  if (!holdsUnwritable(judged.output)) return judged;
  const told = "the output holds a number that is too large to be kept: write it as text";
  return { output: null, failure: judged.failure ?? failure("output_missing", told) };
}

/** With a schema the output must be JSON: text is read as JSON first. */
function readAgainst(schema: Json, output: Json): Judged {
  const value = typeof output === "string" ? parsed(output) : { ok: true as const, value: output };
  if (!value.ok)
    return { output, failure: failure("output_missing", `the output is no JSON: ${value.message}`) };
  const misfits = fits(schema, value.value);
  if (misfits.length === 0) return { output: value.value, failure: null };
  const told = misfits
    .slice(0, 5)
    .map((one) => `${one.path === "" ? "the output" : one.path} ${one.message}`);
  return {
    output: value.value,
    failure: failure("output_missing", `the output does not fit output_schema: ${told.join("; ")}`),
  };
}

function parsed(
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (thrown) {
    return { ok: false, message: (thrown as Error).message };
  }
}
