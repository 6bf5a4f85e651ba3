/** decapod agents show: a role as the engine takes it, and which keys of its file have no effect here. */
import type { Json } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import { nearest } from "../../spec/nearest.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { type KnownRole, knownRoles, roleDocument, roleNamed } from "../roles.ts";
import { printPairs } from "../table.ts";

const VALUE_MAX = 2000;
const LINE_MAX = 10_000;

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const [name = ""] = words;
  const found = meantRole(context, name);
  const { role, problems } = found;
  if (role === null) return take({ ok: false, problems });
  const { globals, out, application } = context;
  const { instructions, tools, deniedTools, permission, maxTurns, unsupported } = role;
  const { mcpServers = [], skills = [] } = role;
  if (globals.json) {
    const more = { tools, deniedTools, permission, maxTurns, mcpServers, skills, unsupported };
    const said = { fields: found.fields, ignored: found.read.ignored };
    const agent = { ...roleDocument(found), ...more, ...said, instructions };
    out.line(jsonText({ schemaVersion: 1, agent }));
    return EXIT.done;
  }
  const { names, from, file, description, driver, model } = roleDocument(found);
  const pairs: readonly (readonly [string, string])[] = [
    ["role", names.map((one) => clean(one)).join(", ")],
    ["for", clean(description ?? "", VALUE_MAX)],
    ["file", file === null ? `none (${from})` : `${clean(file, VALUE_MAX)} (${from})`],
    ["driver", clean(driver)],
    ["model", clean(model ?? "the driver's default")],
    ["tools", tools === null ? "the driver's default" : clean(tools.join(", "), VALUE_MAX)],
    ["denied", clean(deniedTools.join(", "), VALUE_MAX)],
    ["servers", clean(mcpServers.join(", "), VALUE_MAX)],
    ["skills", clean(skills.join(", "), VALUE_MAX)],
    ["permission", clean(permission ?? "")],
    ["turns", maxTurns === null ? "" : `at most ${maxTurns}`],
    ...Object.entries(found.fields).map(([key, value]) => [key, clean(fieldText(value), VALUE_MAX)] as const),
    ["refused", clean(unsupported.join(", "), VALUE_MAX)],
    ["ignored", clean(found.read.ignored.join(", "), VALUE_MAX)],
  ];
  printPairs(
    out,
    pairs.filter(([, text]) => text !== ""),
  );
  out.line();
  out.lines(instructions.split("\n").map((line) => clean(line, LINE_MAX)));
  hint(context, `next: ${application.calledAs} agents check ${clean(names[0] ?? "")}`);
  return EXIT.done;
}

function fieldText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** By any of its names, or refused with the nearest one. */
export function meantRole(context: Context, name: string): KnownRole {
  const { application } = context;
  const roles = knownRoles(application, projectOf(context));
  const found = roleNamed(roles, name);
  if (found !== null) return found;
  const known = roles.flatMap(({ names }) => names);
  const hint = nearest(name, known) ?? `${application.calledAs} agents list`;
  throw refused("E_NOT_FOUND", `there is no role "${clean(name, 60)}"`, hint);
}
