/**
 * Skills of the project, as Claude Code keeps them: a folder each, with a SKILL.md. Their text is told to the agent;
 * what else they say, such as tools they want or commands to run first, has no effect.
 */
import { join } from "node:path";
import { bad, good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import { readMarkdown } from "./front-matter.ts";
import { nearest } from "./nearest.ts";

const SKILLS = ".claude/skills";
const NAME = /^[\w][\w.-]{0,99}$/;
const BYTES_MAX = 256 * 1024;

/** The text of one. */
export function readSkill(projectRoot: string, files: Files, name: string): Result<string> {
  if (!NAME.test(name))
    return bad({ code: "E_ARG", message: `${JSON.stringify(name.slice(0, 80))} is not the name of a skill` });
  const shown = `${SKILLS}/${name}`;
  const path = join(projectRoot, shown, "SKILL.md");
  const stat = files.statTarget(path);
  if (stat?.kind !== "file") return bad(missing(name, files.list(join(projectRoot, SKILLS))));
  if (!files.realPath(path).startsWith(`${files.realPath(projectRoot)}/`))
    return bad({ code: "E_OUTSIDE_ROOT", message: `the skill ${name} lies outside the project` });
  if (stat.size > BYTES_MAX)
    return bad({
      code: "E_TOO_LARGE",
      message: `${shown}/SKILL.md has ${stat.size} bytes, at most ${BYTES_MAX} are read`,
    });
  return good(readMarkdown(files.readText(path)).body.replaceAll(FOLDER, shown));
}

/** As Claude Code writes it in such files. */
const FOLDER = "$" + "{CLAUDE_SKILL_DIR}";

function missing(name: string, entries: readonly { readonly name: string }[]) {
  const known = entries.map((entry) => entry.name);
  const hint = nearest(name, known) ?? (known.length === 0 ? undefined : `one of ${known.join(", ")}`);
  const message = `there is no skill ${name}: ${SKILLS}/${name}/SKILL.md is not there`;
  return { code: "E_ARG", message, ...(hint !== undefined && { hint }) };
}
