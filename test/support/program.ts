import { join } from "node:path";

/** How decapod is started: the bundle, as people have it; the sources where a test file is run by itself. */
export const PROGRAM: readonly string[] = [
  process.execPath,
  process.env.DECAPOD_TEST_PROGRAM ?? join(import.meta.dirname, "../../src/main.ts"),
];
