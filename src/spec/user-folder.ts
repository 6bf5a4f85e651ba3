/** Where a person keeps what they set for themselves, which no project may reach. */
import { basename, dirname, isAbsolute, join } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import { NO_USER_SETTINGS, type UserSettings } from "./user-settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** null: this environment has no home to look in. */
export function userFilePath(environment: Environment, name = "config.yaml"): string | null {
  const { XDG_CONFIG_HOME: config, HOME: home } = environment;
  if (config !== undefined && isAbsolute(config)) return join(config, "decapod", name);
  return home === undefined || !isAbsolute(home) ? null : join(home, ".config", "decapod", name);
}

/** Why a file of the person's own may not lie there; null where it may. */
export function insideProject(
  path: string,
  {
    environment,
    root,
    files,
  }: { readonly environment: Environment; readonly root: string; readonly files: Files },
): Problem | null {
  const home = environment.HOME ?? "";
  const isHomeInside = isAbsolute(home) && isInside(root, home, files);
  if (isHomeInside || !isInside(root, path, files)) return null;
  return {
    code: "E_NOT_ALLOWED",
    message: `your configuration ${path} lies inside the project, which must not decide what you allow`,
    hint: `put it elsewhere: XDG_CONFIG_HOME, or ~/.config/decapod/${basename(path)}`,
  };
}

export function readUserSettings(
  environment: Environment,
  projectRoot: string,
  files: Files,
): Result<UserSettings> {
  const path = userFilePath(environment);
  if (path === null || files.statTarget(path) === null) return good(NO_USER_SETTINGS);
  const inside = insideProject(path, { environment, root: projectRoot, files });
  if (inside !== null) return bad(inside);
  const { readUserFile } = loadNow<typeof import("./user-file.ts")>(import.meta.url, "user-file");
  return readUserFile(path, files.readBytes(path));
}

/** Also by way of a link. What is not there would lie where its folder does. */
export function isInside(root: string, path: string, files: Files): boolean {
  if (files.statTarget(path) === null) return dirname(path) !== path && isInside(root, dirname(path), files);
  return `${files.realPath(path)}/`.startsWith(`${files.realPath(root)}/`);
}
