import { dirname, join } from "node:path";

/** How decapod is started: the bundle, as people have it; the sources where a test file is run by itself. */
export const PROGRAM: readonly string[] = [
  process.execPath,
  process.env.DECAPOD_TEST_PROGRAM ?? join(import.meta.dirname, "../../src/main.ts"),
];

/** The same for programs of its own that it starts: the sources would be read anew for every test. */
export const SPAWN_HOST: { readonly program?: string } = beside("program", "spawn-host-main.js");
export const ACP_BRIDGE: { readonly bridge?: string } = beside("bridge", "bridge-main.js");

function beside(option: string, name: string): Readonly<Record<string, string>> {
  const bundle = process.env.DECAPOD_TEST_PROGRAM;
  return bundle === undefined ? {} : { [option]: join(dirname(bundle), name) };
}
