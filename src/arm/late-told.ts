import { loadNow } from "../port/load-now.ts";

/** Runs without agents do not load what agents are told. */
export function lateTold() {
  return loadNow<typeof import("./told.ts")>(import.meta.url, "told");
}
