/** How much the model had been told when it first answered in an attempt: instructions, tools, brief, what came before. */
import type { JsonMap } from "../../core/json.ts";
import { LIMITS, most } from "../../core/limits.ts";
import type { Files } from "../../port/files.ts";
import type { Work } from "../driver.ts";
import { readEvent } from "./event.ts";
import { sessionBefore } from "./transcript.ts";

/** A request to the model, as an agent notes it in its session. */
export interface Asked {
  /** No other request has it. */
  readonly name: string;
  readonly tokens: number;
}

/** Of an agent whose stream tells totals alone, by the file of its session; null: nobody knows. */
export function startTokensIn(
  path: string | null,
  { work, files, askedIn }: { readonly work: Work; readonly files: Files; readonly askedIn: AskedIn },
): number | null {
  const before = sessionBefore(work)?.transcript ?? null;
  const old = new Set(requestsIn(before, { work, files, askedIn }).map(({ name }) => name));
  const first = requestsIn(path, { work, files, askedIn }).find(({ name }) => !old.has(name));
  return first?.tokens ?? null;
}

/** null: the event is no request, or does not say. */
export type AskedIn = (event: JsonMap) => Asked | null;

function requestsIn(
  path: string | null,
  { work, files, askedIn }: { readonly work: Work; readonly files: Files; readonly askedIn: AskedIn },
): readonly Asked[] {
  const size = (path === null ? null : files.stat(path)?.size) ?? 0;
  if (path === null || size === 0 || size > most(LIMITS.sessionBytes, work.limits)) return [];
  const lines = files.readText(path).split("\n");
  return lines.flatMap((line) => {
    const event = line.includes('"token') ? readEvent(Buffer.from(line)) : null;
    const asked = event === null ? null : askedIn(event);
    return asked === null || asked.tokens <= 0 ? [] : [asked];
  });
}
