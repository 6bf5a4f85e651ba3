/**
 * What a role says for its tasks: fields that a task has when neither it nor `defaults` says them (formats.md 4). They
 * stand under `decapod:`, which only decapod reads, so this block, unlike the rest of the front matter, is strict YAML.
 */
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import type { Result } from "../core/problem.ts";
import { tidy } from "./document.ts";
import { checkWorkspace } from "./field-values.ts";
import { Findings } from "./findings.ts";
import { readMarkdown } from "./front-matter.ts";
import { checkSchemaAt, WORKFLOW_SCHEMA } from "./link-schema.ts";
import { readText } from "./read.ts";
import { ROLE_FIELDS } from "./schema-agents.ts";
import { checkShape } from "./shape.ts";
import type { RoleFields } from "./surroundings.ts";

export const FIELD_KEYS = ["budget", "output_schema", "workspace"] as const;

const NOTHING: RoleFields = { fields: {}, problems: [], warnings: [] };

/** `shown` is the file as people see it. */
export function readRoleFields(
  shown: string,
  text: string,
  schemaFile: (path: string) => Result<Json>,
): RoleFields {
  const ours = own(readMarkdown(text).front, "decapod");
  const isAsked = isMap(ours) ? FIELD_KEYS.some((key) => own(ours, key) !== undefined) : (ours ?? "") !== "";
  if (!isAsked) return NOTHING;
  const raw = readText(shown, blockAlone(text));
  if (!raw.ok) return { ...NOTHING, problems: raw.problems };
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value, findings);
  const block = isMap(value) ? own(value, "decapod") : undefined;
  if (isMap(block) && isMap(ours)) return checked(block, findings, schemaFile);
  const said = {
    message: "decapod must be a map, each key on a line of its own",
    hint: "workspace: worktree",
  };
  findings.add("E_TYPE", { path: ["decapod"] }, said);
  return { ...NOTHING, problems: findings.sorted() };
}

function checked(block: JsonMap, findings: Findings, schemaFile: (path: string) => Result<Json>): RoleFields {
  const fields: Record<string, Json> = {};
  for (const key of FIELD_KEYS) {
    const value = own(block, key);
    if (value !== undefined) fields[key] = value;
  }
  checkShape(ROLE_FIELDS, fields, ["decapod"], findings);
  checkWorkspace(fields.workspace, ["decapod", "workspace"], findings);
  const schema = fields.output_schema;
  if (schema !== undefined) fields.output_schema = schemaOf(schema, findings, schemaFile);
  const { warnings } = findings;
  return { fields: findings.problems.length > 0 ? {} : fields, problems: findings.sorted(), warnings };
}

/** A file's text takes the place of its name. */
function schemaOf(schema: Json, findings: Findings, schemaFile: (path: string) => Result<Json>): Json {
  const path = ["decapod", "output_schema"];
  if (schema === WORKFLOW_SCHEMA) return schema;
  const read = typeof schema === "string" ? schemaFile(schema) : null;
  for (const { message, hint } of read?.ok === false ? read.problems : [])
    findings.add("E_NOT_FOUND", { path }, { message, hint });
  const value = read === null ? schema : read.ok ? read.value : null;
  if (isMap(value)) checkSchemaAt(value, path, findings);
  return value;
}

/** The text with every line blank that is not of the block `decapod:`, so that places stay what they are. */
function blockAlone(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line, at) => at > 0 && /^---[ \t]*\r?$/.test(line));
  let isInside = false;
  return lines
    .map((line, at) => {
      if (/^[A-Za-z_]/.test(line)) isInside = /^decapod[ \t]*:/.test(line);
      return isInside && at < end ? line : "";
    })
    .join("\n");
}
