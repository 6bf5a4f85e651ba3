import { dirname, join } from "node:path";

/** How decapod is started: the bundle, as people have it; the sources where a test file is run by itself. */
export const PROGRAM: readonly string[] = [
  process.execPath,
  process.env.DECAPOD_TEST_PROGRAM ?? join(import.meta.dirname, "../../src/main.ts"),
];

/** The same for the host of its children: the sources would be read anew for every test. */
export const SPAWN_HOST: { readonly program?: string } =
  process.env.DECAPOD_TEST_PROGRAM === undefined
    ? {}
    : { program: join(dirname(process.env.DECAPOD_TEST_PROGRAM), "spawn-host-main.js") };
