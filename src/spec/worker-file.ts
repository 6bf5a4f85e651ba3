/** Reads the manifest of a worker (formats.md 5): what it takes, what does it, what its tasks have by themselves. */
import type * as z from "zod/mini";
import { forbiddenEnvironmentName } from "../core/environment-names.ts";
import { parseTemplate, type Template, templateReferences } from "../core/expression/template.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Worker } from "../core/worker.ts";
import { tidy } from "./document.ts";
import { errorRules, errorTableOf, type WrittenErrorRule } from "./error-rules.ts";
import { Findings } from "./findings.ts";
import { checkSchemaAt } from "./link-schema.ts";
import { nearest } from "./nearest.ts";
import { parameterNames } from "./parameter-names.ts";
import { isPattern } from "./pattern.ts";
import { readText } from "./read.ts";
import { taskFields } from "./schema.ts";
import {
  anything,
  block,
  data,
  filled,
  id,
  listOf,
  mapOf,
  maybe,
  text,
  texts,
  truth,
} from "./schema-words.ts";
import { checkShape } from "./shape.ts";
import type { Path } from "./source.ts";
import type { WorkerFile } from "./surroundings.ts";

/** What its tasks have when neither they nor `defaults` say it. */
const FIELDS = [
  ...["approval", "check", "effect", "expected_outputs", "output_schema", "repair", "retry"],
  ...["success_criteria", "timeout", "touches"],
] as const;

const source = block("a credential", { env: maybe(filled), file: maybe(filled), command: maybe(texts) });

const manifest = block("a worker", {
  name: maybe(id),
  description: maybe(text),
  command: maybe(listOf(text, "arguments")),
  cwd: maybe(filled),
  env: maybe(mapOf(text, "texts")),
  parameters: maybe(data),
  output: maybe(
    block("output", { file: maybe(filled), patterns: maybe(mapOf(filled, "patterns")), values: maybe(data) }),
  ),
  credentials: maybe(mapOf(source, "credentials")),
  dry_run: maybe(listOf(text, "arguments")),
  deploys: maybe(truth),
  errors: maybe(errorRules),
  ...Object.fromEntries(FIELDS.map((key) => [key, own(taskFields as unknown as JsonMap, key) ?? anything])),
}) as unknown as z.ZodMiniType;

export interface WorkerPlace {
  /** Of its file, or of the folder it stands in. */
  readonly name: string;
  /** The file as people see it. */
  readonly shown: string;
  /** Where the file lies, relative to the project. */
  readonly folder: string;
  /** It came with decapod, whose own parts may do it. */
  readonly isBuiltIn: boolean;
}

export function readWorkerFile(place: WorkerPlace, bytes: Uint8Array | string): Result<WorkerFile> {
  const raw = readText(place.shown, bytes);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source);
  const value = tidy(raw.value.value ?? {}, findings);
  checkShape(manifest, value, [], findings);
  if (!isMap(value)) return bad(...findings.sorted());
  check(value, place, findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  const written = (Array.isArray(value.errors) ? value.errors : []) as unknown as readonly WrittenErrorRule[];
  const errors = errorTableOf(written, ["errors"], findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  return good({ worker: { ...workerOf(value, place.folder), errors }, fields: fieldsOf(value) });
}

function workerOf(value: JsonMap, folder: string): Omit<Worker, "errors"> {
  const output = isMap(value.output) ? value.output : {};
  return {
    description: typeof value.description === "string" ? value.description : null,
    parameters: parametersOf(value),
    command: Array.isArray(value.command) ? value.command.map(String) : null,
    cwd: typeof value.cwd === "string" ? value.cwd : null,
    env: isMap(value.env) ? (value.env as Readonly<Record<string, string>>) : {},
    output: {
      file: typeof output.file === "string" ? output.file : null,
      patterns: isMap(output.patterns) ? (output.patterns as Readonly<Record<string, string>>) : {},
      values: isMap(output.values) ? output.values : {},
    },
    credentials: (isMap(value.credentials) ? value.credentials : {}) as unknown as Worker["credentials"],
    deploys: deploysBy(value),
    dryRun: Array.isArray(value.dry_run) ? value.dry_run.map(String) : null,
    folder,
  };
}

/** Whoever can tell what it would do is asked by one more parameter. */
function parametersOf({ parameters, dry_run: dryRun }: JsonMap): JsonMap {
  const schema = isMap(parameters) ? parameters : { type: "object" };
  if (dryRun === undefined) return schema;
  const properties = isMap(schema.properties) ? schema.properties : {};
  return { ...schema, properties: { ...properties, dry_run: { type: "boolean" } } };
}

/** Whoever is told an environment may bring something there, unless the manifest says that it does not. */
function deploysBy({ deploys, parameters }: JsonMap): boolean {
  if (typeof deploys === "boolean") return deploys;
  return isMap(parameters) && parameterNames(parameters).includes("environment");
}

function fieldsOf(value: JsonMap): JsonMap {
  return Object.fromEntries(
    FIELDS.flatMap((key) => {
      const field = own(value, key);
      return field === undefined ? [] : [[key, field]];
    }),
  );
}

function check(value: JsonMap, place: WorkerPlace, findings: Findings): void {
  checkName(value, place, findings);
  if (value.command === undefined && !place.isBuiltIn)
    findings.add(
      "E_REQUIRED",
      { path: ["command"] },
      { message: "nothing is said of what does the work", hint: `command: [python3, ./${place.name}.py]` },
    );
  if (isMap(value.parameters)) checkParameters(value.parameters, findings);
  if (isMap(value.output_schema)) checkSchemaAt(value.output_schema, ["output_schema"], findings);
  checkTexts(value, findings);
  checkNames(value, findings);
  checkCredentials(value, findings);
  const output = isMap(value.output) ? value.output : {};
  for (const [name, pattern] of Object.entries(isMap(output.patterns) ? output.patterns : {})) {
    if (typeof pattern !== "string" || isPattern(pattern)) continue;
    const message = "the pattern is no RE2 regular expression of at most 1,000 characters";
    findings.add(
      "E_SCHEMA",
      { path: ["output", "patterns", name] },
      { message, hint: "url: 'live at (\\S+)'" },
    );
  }
}

function checkName(value: JsonMap, { name }: WorkerPlace, findings: Findings): void {
  if (typeof value.name !== "string" || value.name === name) return;
  const message = `the worker is called ${value.name}, and its file ${name}: tasks find it by its file`;
  findings.add("E_CHOICE", { path: ["name"] }, { message, hint: `name: ${name}, or another file name` });
}

function checkParameters(schema: JsonMap, findings: Findings): void {
  checkSchemaAt(schema, ["parameters"], findings);
  if (schema.type === undefined || schema.type === "object") return;
  const message = "the parameters of a task are a map, so their schema is of type object";
  findings.add("E_TYPE", { path: ["parameters", "type"] }, { message, hint: "type: object" });
}

/** `${ }` may name parameters, and nothing else: a worker knows no workflow. */
function checkTexts(value: JsonMap, findings: Findings): void {
  const schema = isMap(value.parameters) ? value.parameters : {};
  const names = Object.keys(isMap(schema.properties) ? schema.properties : {});
  const texts: readonly (readonly [Json | undefined, Path])[] = [
    ...["command", "dry_run"].flatMap((key) => {
      const list = own(value, key);
      return Array.isArray(list) ? list.map((item, index) => [item, [key, index]] as const) : [];
    }),
    ...Object.entries(isMap(value.env) ? value.env : {}).map(
      ([name, item]) => [item, ["env", name]] as const,
    ),
    [value.cwd, ["cwd"]],
  ];
  for (const [written, path] of texts)
    if (typeof written === "string") checkText(written, path, { names, findings });
}

interface Known {
  readonly names: readonly string[];
  readonly findings: Findings;
}

function checkText(written: string, path: Path, { names, findings }: Known): void {
  const parsed = parseTemplate(written);
  if (!parsed.ok) {
    for (const { code, message } of parsed.problems) findings.add(code, { path }, { message });
    return;
  }
  for (const { head } of referencesOf(parsed.template)) {
    if (names.includes(head)) continue;
    const message = `\${${head}} is no parameter of this worker`;
    const hint = nearest(head, names) ?? `parameters: { properties: { ${head}: { type: string } } }`;
    findings.add("E_EXPR_NAME", { path }, { message, hint });
  }
}

function referencesOf(template: Template): readonly { readonly head: string }[] {
  return templateReferences(template);
}

function checkNames(value: JsonMap, findings: Findings): void {
  for (const key of ["env", "credentials"])
    for (const name of Object.keys(isMap(value[key]) ? (value[key] as JsonMap) : {})) {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !forbiddenEnvironmentName(name)) continue;
      const message = `a program may not be given the variable ${name}`;
      findings.add("E_ENV_NAME", { path: [key, name], part: "key" }, { message, hint: "another name" });
    }
}

function checkCredentials(value: JsonMap, findings: Findings): void {
  for (const [name, one] of Object.entries(isMap(value.credentials) ? value.credentials : {})) {
    const given = isMap(one) ? Object.keys(one) : [];
    if (given.length === 1) continue;
    const message = "a credential comes from exactly one of env, file, command";
    findings.add(
      "E_REQUIRED",
      { path: ["credentials", name] },
      { message, hint: `${name}: { env: ${name} }` },
    );
  }
}
