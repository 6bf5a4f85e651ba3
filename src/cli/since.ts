/** `--since`: a time, or how long ago. */
import { instantMs } from "../core/calendar.ts";
import { secondsOf } from "../spec/seconds.ts";
import { type Options, textOption } from "./context.ts";
import { clean } from "./print.ts";
import { usage } from "./refusal.ts";

/** Milliseconds since the epoch; null when it was not given. */
export function sinceOption(options: Options, nowMs: number): number | null {
  const text = textOption(options, "since");
  if (text === null) return null;
  const ago = secondsOf(/^\d+$/.test(text) ? Number(text) : text);
  if (ago !== null) return nowMs - ago * 1000;
  const at = instantMs(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== null) return at;
  throw usage(`--since cannot be "${clean(text, 40)}"`, "--since 2h or --since 2026-01-18T14:00:00Z");
}
