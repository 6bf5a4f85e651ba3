/** The protocol's library, once somebody speaks it. */
import { loadNow } from "../../port/load-now.ts";

export function loadSdk(): typeof import("./mcp-sdk.ts") {
  return loadNow<typeof import("./mcp-sdk.ts")>(import.meta.url, "mcp-sdk");
}
