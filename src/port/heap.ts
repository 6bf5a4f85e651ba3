import { setFlagsFromString } from "node:v8";

/**
 * An engine lives beside the work it starts, and must leave the memory to it. V8 left alone takes three times what
 * lives in a run of 10,000 tasks before it collects: 240 MB instead of 130, and no faster.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=100");
}
