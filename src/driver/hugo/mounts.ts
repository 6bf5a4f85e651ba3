/** Where a site's configuration lets Hugo read from: `hugo config mounts` prints one JSON map a module. Pure. */
import { isAbsolute, resolve } from "node:path";
import { isMap, type Json } from "../../core/json.ts";

/** Absolute paths of everything mounted; null: this is not what Hugo prints. */
export function mountedFolders(printed: string): readonly string[] | null {
  const modules = modulesIn(printed);
  if (modules === null) return null;
  return modules.flatMap((one) => {
    const mounts = isMap(one) && Array.isArray(one.mounts) ? one.mounts : [];
    const dir = isMap(one) && typeof one.dir === "string" ? one.dir : "/";
    return mounts.flatMap((mount) => {
      const source = isMap(mount) ? mount.source : undefined;
      return typeof source === "string" ? [isAbsolute(source) ? resolve(source) : resolve(dir, source)] : [];
    });
  });
}

/** One JSON text after the other, each closed by a brace of its own line. */
function modulesIn(printed: string): readonly Json[] | null {
  const texts = printed.split(/^(?=\{)/m).filter((text) => text.trim() !== "");
  try {
    return texts.map((text) => JSON.parse(text) as Json);
  } catch {
    return null;
  }
}
