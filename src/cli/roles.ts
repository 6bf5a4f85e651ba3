/** The roles a project has, each once with all its names: for `agents list`, `show` and `check`. */
import { relative } from "node:path";
import type { JsonMap } from "../core/json.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Role } from "../core/workflow.ts";
import { type Asked, agentSettings, DEFAULT_PERMISSION } from "../driver/agent/settings.ts";
import { packageFolder } from "../port/package-folder.ts";
import { isUnknown } from "../spec/pin-skills.ts";
import { readProject } from "../spec/project.ts";
import { readRoleFields } from "../spec/role-fields.ts";
import { type RoleText, readRoleText, roleTextProblems, roleTextWarnings } from "../spec/role-file.ts";
import { listRoles } from "../spec/role-list.ts";
import { roleReader } from "../spec/roles.ts";
import { readSkill } from "../spec/skills.ts";
import { readSchemaFile } from "../spec/surroundings-of.ts";
import { readUserSettings } from "../spec/user-folder.ts";
import { NO_USER_SETTINGS } from "../spec/user-settings.ts";
import type { Application, Project } from "./application.ts";
import { take } from "./refusal.ts";

export const DEFAULT_DRIVER = "claude-code";

export interface KnownRole {
  /** By which tasks call it; the first is the one to show. */
  readonly names: readonly string[];
  readonly from: "project" | "built-in" | "decapod.yaml";
  /** As shown to people; null for one that is only a name in decapod.yaml. */
  readonly file: string | null;
  readonly text: string;
  readonly read: RoleText;
  /** As the engine takes it; null when its file is too long. */
  readonly role: Role | null;
  /** What it says for its tasks. */
  readonly fields: JsonMap;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export function knownRoles(application: Application, { root }: Project): readonly KnownRole[] {
  const { files, cwd, environment } = application;
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  const builtInFolder = packageFolder("agents");
  const places = { files, projectRoot: root, builtInFolder, settings: project.settings.agents };
  const found = listRoles(places);
  const readRole = roleReader(places, () => found);
  const user = readUserSettings(environment, root, files);
  const { agents, mcpServers } = user.ok ? user.value : NO_USER_SETTINGS;
  const permission = agents["claude-code"].permission ?? DEFAULT_PERMISSION;
  const person = { permission, servers: Object.keys(mcpServers) };
  const byFile = Map.groupBy(found.entries(), ([name, path]) => path ?? `\0${name}`);
  return [...byFile.values()].map((entries): KnownRole => {
    const [[first = "", path = null] = []] = entries;
    const names = entries.map(([name]) => name);
    const from = path === null ? "decapod.yaml" : path.startsWith(builtInFolder) ? "built-in" : "project";
    const file = path === null ? null : from === "built-in" ? path : relative(root, path);
    const role = readRole(first);
    const text = path === null || !role.ok ? "" : (files.readTextIf(path) ?? "");
    const read = readRoleText(file ?? "decapod.yaml", text);
    const own = path === null || file === null || !role.ok ? [] : roleTextProblems(file, text);
    const skills = role.ok
      ? skillsHere(role.value, read, (name) => readSkill(root, files, name))
      : NO_TROUBLE;
    const said = readRoleFields(file ?? "", text, (asked) => readSchemaFile(root, files, asked));
    return {
      names,
      from,
      file,
      text,
      read,
      role: role.ok ? role.value : null,
      fields: said.fields,
      problems: role.ok
        ? [...own, ...said.problems, ...skills.problems, ...refusedByDriver(role.value, read, person)]
        : role.problems,
      warnings:
        file === null || !role.ok
          ? []
          : [...roleTextWarnings(file, text), ...said.warnings, ...skills.warnings],
    };
  });
}

type Person = Pick<Asked, "permission" | "servers">;

type Trouble = Pick<KnownRole, "problems" | "warnings">;

const NO_TROUBLE: Trouble = { problems: [], warnings: [] };

/** What is wrong with the skills that it names. */
function skillsHere(
  { skills = [] }: Role,
  read: RoleText,
  textOf: (name: string) => Result<string>,
): Trouble {
  const at = read.place("skills");
  const found = skills.map(textOf).filter((skill) => !skill.ok);
  const [unknown, others] = [found.filter(isUnknown), found.filter((skill): boolean => !isUnknown(skill))];
  return {
    problems: others.flatMap(({ problems }) => problems.map((problem) => ({ ...problem, at }))),
    warnings: unknown.flatMap(({ problems }) =>
      problems.map((problem) => ({ ...problem, code: "W_NO_EFFECT" as const, at })),
    ),
  };
}

/** What the driver would say when a run starts, with the place it is about. */
function refusedByDriver(role: Role, read: RoleText, person: Person): readonly Problem[] {
  if ((role.driver ?? DEFAULT_DRIVER) !== DEFAULT_DRIVER) return [];
  // Of its skills it says only what has been said already.
  const { skills: _, ...rest } = role;
  const settings = agentSettings({ driver: "claude-code", options: {}, role: rest, ...person });
  if (settings.ok) return [];
  return settings.problems.map((problem) => ({ ...problem, at: read.place(keyOf(problem.message, read)) }));
}

/** The key in the file behind the driver's name for what it says. */
function keyOf(message: string, { front }: RoleText): string {
  const field = /^the role's ([\w.]+)/.exec(message)?.[1] ?? "tools";
  if (/mcp ?server/i.test(message)) return front.mcpServers === undefined ? "tools" : "mcpServers";
  if (field === "denied_tools") return "disallowedTools";
  if (field === "permission")
    return front.permissionMode === undefined ? "decapod.permission" : "permissionMode";
  return field;
}

/** The role a person means: by any of its names. */
export function roleNamed(roles: readonly KnownRole[], name: string): KnownRole | null {
  return roles.find(({ names }) => names.includes(name)) ?? null;
}

export interface RoleDocument {
  readonly name: string;
  readonly names: readonly string[];
  readonly from: KnownRole["from"];
  readonly file: string | null;
  readonly description: string | null;
  readonly driver: string;
  readonly model: string | null;
}

export function roleDocument({ names, from, file, read, role }: KnownRole): RoleDocument {
  return {
    name: names[0] ?? "",
    names,
    from,
    file,
    description: read.description,
    driver: role?.driver ?? DEFAULT_DRIVER,
    model: role?.model ?? null,
  };
}
