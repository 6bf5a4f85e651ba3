import type { Progress } from "../../src/driver/driver.ts";

/** What a driver tells that works without a word. */
export const WORDLESS: readonly Progress[] = [];
