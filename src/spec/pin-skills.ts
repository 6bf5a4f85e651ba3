/** The texts of the skills that a file names, given to all of its roles: a fallback may be told what its task is. */
import { isMap, type Json, own } from "../core/json.ts";
import type { Role } from "../core/workflow.ts";
import type { Findings } from "./findings.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

export class PinnedSkills {
  readonly #read: NonNullable<Surroundings["skill"]> | undefined;
  readonly #findings: Findings;
  /** Name → text; null: it cannot be had, which has been said. */
  readonly #texts = new Map<string, string | null>();

  constructor({ skill }: Surroundings, findings: Findings) {
    this.#read = skill;
    this.#findings = findings;
  }

  /** Of options as they are written; what an expression will give must be among what else is named. */
  askIn(options: Json | undefined, pathOf: () => Path): void {
    const skills = isMap(options) ? own(options, "skills") : undefined;
    if (Array.isArray(skills)) this.ask(skills, () => [...pathOf(), "options", "skills"]);
  }

  ask(names: readonly Json[], pathOf: () => Path): void {
    names.forEach((name, index) => {
      if (typeof name !== "string" || name.includes("${") || this.#texts.has(name)) return;
      const read = this.#read?.(name);
      if (read?.ok === false) this.#findings.addOthers(read.problems, [...pathOf(), index]);
      this.#texts.set(name, read?.ok === true ? read.value : null);
    });
  }

  /** A role as it is pinned. */
  given(role: Role): Role {
    const known = [...this.#texts].flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
    if (known.length === 0) return role;
    return {
      ...role,
      skillTexts: Object.fromEntries(known.sort(([one], [other]) => (one < other ? -1 : 1))),
    };
  }
}
