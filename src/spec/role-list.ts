/** Which roles there are, and where each has its file. */
import { basename, join } from "node:path";
import type { Files } from "../port/files.ts";
import { readMarkdown, textIn } from "./front-matter.ts";
import type { AgentSetting } from "./project-settings.ts";

export interface RolePlaces {
  readonly files: Files;
  readonly projectRoot: string;
  /** Roles that come with decapod. */
  readonly builtInFolder: string;
  /** `agents` of decapod.yaml. */
  readonly settings: ReadonlyMap<string, AgentSetting>;
}

const AGENTS = ".claude/agents";
/** How deep roles may lie in folders below .claude/agents. */
const DEPTH_MAX = 3;
const FRONT_CHARACTERS = 16_384;
/** Name → file, null for one that is only a name in decapod.yaml. What was found first counts: the project's own win. */
export function listRoles({
  files,
  projectRoot,
  builtInFolder,
  settings,
}: RolePlaces): ReadonlyMap<string, string | null> {
  const roles = new Map<string, string | null>();
  for (const folder of [join(projectRoot, AGENTS), builtInFolder]) {
    for (const path of roleFiles(files, folder, 0)) {
      const head = files.readTextIf(path)?.slice(0, FRONT_CHARACTERS) ?? "";
      // By the name in the front matter and by the name of the file: people use both.
      const stem = basename(path, ".md");
      for (const name of [textIn(readMarkdown(head).front, "name") ?? stem, stem])
        if (!roles.has(name)) roles.set(name, path);
    }
  }
  for (const name of settings.keys()) if (!roles.has(name)) roles.set(name, null);
  return roles;
}

function roleFiles(files: Files, folder: string, depth: number): readonly string[] {
  if (depth > DEPTH_MAX) return [];
  return files.list(folder).flatMap(({ name, kind }) => {
    if (kind === "folder") return roleFiles(files, join(folder, name), depth + 1);
    return name.endsWith(".md") && name !== "README.md" ? [join(folder, name)] : [];
  });
}
