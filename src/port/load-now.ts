import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Loads one of our entry points (scripts/build.mjs) when it is first needed, without waiting: for libraries that
 * few runs need and that would make every start slower. `base` is the caller's import.meta.url; entry points
 * lie beside their callers, as .ts in the sources and as .js in the package.
 */
export function loadNow<Module>(base: string, name: string): Module {
  const ending = base.endsWith(".ts") ? ".ts" : ".js";
  return createRequire(base)(fileURLToPath(new URL(`./${name}${ending}`, base))) as Module;
}
