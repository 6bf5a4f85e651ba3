/** Most runs have no agents: they do not pay for the driver of claude. */
import { loadNow } from "../../port/load-now.ts";
import type { Driver } from "../driver.ts";
import type { ClaudeHere } from "./claude-here.ts";

export function lateClaude(parts: ClaudeHere): () => Driver {
  let driver: Driver | null = null;
  return () => {
    driver ??= loadNow<typeof import("./claude-here.ts")>(import.meta.url, "claude-here").claudeHere(parts);
    return driver;
  };
}
