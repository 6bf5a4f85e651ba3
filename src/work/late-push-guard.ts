import { loadNow } from "../port/load-now.ts";

/** Few projects name production branches: the others do not load what guards them. */
export function latePushGuard() {
  return loadNow<typeof import("./push-guard.ts")>(import.meta.url, "push-guard");
}
