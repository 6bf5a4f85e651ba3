/**
 * What `init --shims` makes: the skills and scripts for loops, as files of the project. They are those of the plugin, so
 * that a session finds the same words with it and without.
 */
import { join } from "node:path";
import type { Files } from "../../port/files.ts";
import { packageFolder } from "../../port/package-folder.ts";
import type { NewFiles } from "../new-files.ts";
import { filesIn } from "../plugin-files.ts";

/** In the plugin, and below .claude. */
const SKILLS = ["skills/task-creator", "skills/context-fetcher"] as const;
const AGENT = "agents/task-executor.md";

const EXECUTABLE = 0o100;

export function addShims(made: NewFiles, files: Files, umask: number): void {
  const plugin = packageFolder("plugin");
  const skills = SKILLS.flatMap((folder) => filesIn(files, join(plugin, folder), plugin));
  for (const file of [...skills, AGENT]) {
    const path = join(plugin, file);
    const isProgram = ((files.stat(path)?.mode ?? 0) & EXECUTABLE) !== 0;
    const mode = (isProgram ? 0o777 : 0o666) & ~umask;
    made.file(`.claude/${file}`, whatOf(file), files.readText(path), mode);
  }
}

function whatOf(file: string): string {
  if (file.endsWith(".py")) return "a script for loops, by its old name";
  if (file === AGENT) return "an agent that does one task of a loop";
  return file.endsWith("SKILL.md") ? "a skill for loops" : "how loops are used";
}
