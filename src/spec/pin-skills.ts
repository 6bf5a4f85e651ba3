/** The texts of the skills that a file names, given to all of its roles: a fallback may be told what its task is. */
import { isMap, type Json, own } from "../core/json.ts";
import type { Result } from "../core/problem.ts";
import type { Role } from "../core/workflow.ts";
import type { Findings } from "./findings.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

export class PinnedSkills {
  readonly #read: NonNullable<Surroundings["skill"]> | undefined;
  readonly #findings: Findings;
  /** undefined: nobody can read any here. */
  readonly #found = new Map<string, Result<string> | undefined>();
  readonly #refused = new Set<string>();

  constructor({ skill }: Surroundings, findings: Findings) {
    this.#read = skill;
    this.#findings = findings;
  }

  /** Of options as they are written; what an expression will give must be among what else is named. */
  askIn(options: Json | undefined, pathOf: () => Path): void {
    const skills = isMap(options) ? own(options, "skills") : undefined;
    if (!Array.isArray(skills)) return;
    skills.forEach((name, index) => {
      if (typeof name !== "string" || name.includes("${")) return;
      this.#refuse(name, [...pathOf(), "options", "skills", index]);
    });
  }

  /** A role may be written for other programs too, which have skills of a person or a plugin. */
  askOf(agent: string, { skills = [] }: Role, pathOf: () => Path): void {
    for (const name of skills) {
      if (name.includes("${")) continue;
      const read = this.#find(name);
      if (!isUnknown(read)) this.#refuse(name, pathOf());
      else
        for (const { message, hint } of read.problems)
          this.#findings.warn(
            "W_NO_EFFECT",
            { path: pathOf() },
            { message: `role ${agent}: ${message}; its agent is told nothing of it`, hint },
          );
    }
  }

  #refuse(name: string, path: Path): void {
    const read = this.#find(name);
    if (read?.ok !== false || this.#refused.has(name)) return;
    this.#refused.add(name);
    this.#findings.addOthers(read.problems, path);
  }

  #find(name: string): Result<string> | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#read?.(name));
    return this.#found.get(name);
  }

  /** A role as it is pinned. */
  given(role: Role): Role {
    const known = [...this.#found].flatMap(([name, read]) =>
      read?.ok === true ? [[name, read.value] as const] : [],
    );
    const named = role.skills?.filter((name) => !isUnknown(this.#found.get(name)));
    const told = named === undefined ? role : { ...role, skills: named };
    if (known.length === 0) return told;
    return {
      ...told,
      skillTexts: Object.fromEntries(known.sort(([one], [other]) => (one < other ? -1 : 1))),
    };
  }
}

type Bad = Extract<Result<string>, { readonly ok: false }>;

/** The project has none of that name; one that it has and that may not be read is another matter. */
export function isUnknown(read: Result<string> | undefined): read is Bad {
  return read?.ok === false && read.problems.every(({ code }) => code === "E_ARG");
}
