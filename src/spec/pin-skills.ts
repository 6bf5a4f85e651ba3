/** The texts of the skills that a file names, given to the roles whose agents may have to know them. */
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
  /** Agent → names. */
  readonly #asked = new Map<string, Set<string>>();

  constructor({ skill }: Surroundings, findings: Findings) {
    this.#read = skill;
    this.#findings = findings;
  }

  /** Of options as they are written; what an expression will give must be among what else is named. */
  askIn(options: Json | undefined, agents: readonly string[], path: Path): void {
    const skills = isMap(options) ? own(options, "skills") : undefined;
    if (Array.isArray(skills)) this.ask(skills, agents, [...path, "options", "skills"]);
  }

  ask(names: readonly Json[], agents: readonly string[], path: Path): void {
    names.forEach((name, index) => {
      if (typeof name !== "string" || name.includes("${") || !this.#isThere(name, [...path, index])) return;
      for (const agent of agents) this.#of(agent).add(name);
    });
  }

  #of(agent: string): Set<string> {
    const names = this.#asked.get(agent) ?? new Set();
    this.#asked.set(agent, names);
    return names;
  }

  #isThere(name: string, path: Path): boolean {
    if (!this.#texts.has(name)) {
      const read = this.#read?.(name);
      if (read?.ok === false) this.#findings.addOthers(read.problems, path);
      this.#texts.set(name, read?.ok === true ? read.value : null);
    }
    return this.#texts.get(name) !== null;
  }

  /** The role as it is pinned. */
  given(agent: string, role: Role): Role {
    const names = [...(this.#asked.get(agent) ?? [])].sort();
    if (names.length === 0) return role;
    return {
      ...role,
      skillTexts: Object.fromEntries(names.map((name) => [name, this.#texts.get(name) ?? ""])),
    };
  }
}
