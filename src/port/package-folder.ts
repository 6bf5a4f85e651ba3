import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder that ships with decapod (examples, templates), in the sources and in the bundle alike. */
export function packageFolder(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = [join(here, name), join(here, "..", name), join(here, "..", "..", name)];
  return beside.find((path) => existsSync(path)) ?? join(here, name);
}
