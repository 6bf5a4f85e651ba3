/**
 * Roles: job descriptions of agents, as Claude Code writes them: Markdown with a front matter, the body is what the
 * agent is told. Those a workflow names become part of its definition, so a run keeps them as they were.
 */
import { relative } from "node:path";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Role } from "../core/workflow.ts";
import { readMarkdown, splitList, textIn } from "./front-matter.ts";
import type { AgentSetting } from "./project-settings.ts";
import { FIELD_KEYS, readRoleFields } from "./role-fields.ts";
import type { RolePlaces } from "./role-list.ts";
import type { RoleFields } from "./surroundings.ts";

export const ROLE_BYTES_MAX = 256 * 1024;

/** Reads roles by name, each once. */
export function roleReader(
  places: RolePlaces,
  found: () => ReadonlyMap<string, string | null>,
): (name: string) => Result<Role> {
  const read = new Map<string, Result<Role>>();
  return (name) => {
    const known = read.get(name) ?? readRole(places, found().get(name) ?? null, places.settings.get(name));
    read.set(name, known);
    return known;
  };
}

function readRole(
  { files }: RolePlaces,
  path: string | null,
  setting: AgentSetting | undefined,
): Result<Role> {
  const size = path === null ? 0 : (files.statTarget(path)?.size ?? 0);
  if (size > ROLE_BYTES_MAX)
    return bad({
      code: "E_TOO_LARGE",
      message: `the role ${path} has ${size} bytes, at most ${ROLE_BYTES_MAX} are read`,
    });
  const role = roleOf(path === null ? "" : (files.readTextIf(path) ?? ""));
  if (setting === undefined) return good(role);
  const driver = setting.driver ?? role.driver;
  // What is started for an ACP agent is this machine's matter, not the role's; the others have their own.
  const isUnused = driver !== "acp" && (setting.command !== null || setting.args.length > 0);
  const asked = isUnused ? ["command and args of decapod.yaml"] : [];
  return good({
    ...role,
    driver,
    unsupported: [...role.unsupported, ...asked],
  });
}

/** Reads what roles say for their tasks. */
export function roleFieldsReader(
  { files, projectRoot, builtInFolder }: RolePlaces,
  found: () => ReadonlyMap<string, string | null>,
  schemaFile: (path: string) => Result<Json>,
): (name: string) => RoleFields {
  return (name) => {
    const path = found().get(name) ?? null;
    const shown = path === null || path.startsWith(builtInFolder) ? path : relative(projectRoot, path);
    const text = path === null ? "" : (files.readTextIf(path) ?? "");
    return readRoleFields(shown ?? name, text, schemaFile);
  };
}

/** Keys under `decapod:` that are carried out. */
const OWN_KEYS: ReadonlySet<string> = new Set(["driver", "permission", "max_turns", ...FIELD_KEYS]);

export function roleOf(text: string): Role {
  const { front, body } = readMarkdown(text);
  const written = own(front, "decapod");
  const more = isMap(written) ? written : {};
  const model = textIn(front, "model");
  const turns = Number(textIn(more, "max_turns") ?? textIn(front, "maxTurns") ?? Number.NaN);
  return {
    instructions: body,
    driver: textIn(more, "driver"),
    model: model === "inherit" ? null : model,
    tools: textsIn(front, "tools"),
    deniedTools: textsIn(front, "disallowedTools") ?? [],
    permission: textIn(more, "permission") ?? textIn(front, "permissionMode"),
    maxTurns: Number.isInteger(turns) && turns > 0 ? turns : null,
    ...serversIn(front),
    ...skillsIn(front),
    unsupported: Object.keys(more)
      .filter((key) => !OWN_KEYS.has(key))
      .map((key) => `decapod.${key}`),
  };
}

/** A server that is defined here is no name, and refused as such. */
function serversIn(front: JsonMap): Pick<Role, "mcpServers"> {
  const written = own(front, "mcpServers");
  const names = isMap(written) ? [JSON.stringify(written)] : textsIn(front, "mcpServers");
  return names === null || names.length === 0 ? {} : { mcpServers: names };
}

function skillsIn(front: JsonMap): Pick<Role, "skills"> {
  const skills = textsIn(front, "skills") ?? [];
  return skills.length === 0 ? {} : { skills };
}

function textsIn(map: JsonMap, key: string): readonly string[] | null {
  const value: Json | undefined = own(map, key);
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" && value !== "" ? splitList(value) : null;
}
