/** Commands that only look start no processes: they do not pay for what does. */
import { loadNow } from "../port/load-now.ts";
import type { BootedHost } from "./spawn-host-boot.ts";

export function lateSpawnHost(): BootedHost {
  return loadNow<typeof import("./spawn-host-boot.ts")>(import.meta.url, "spawn-host-boot").bootSpawnHost();
}
