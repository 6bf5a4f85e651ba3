/** The parameters of `content-edit`, read: which files, and what is to be done to each. */
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { Complaints, type Edit, OPERATIONS, readEdits, readShort } from "./edits.ts";
import { pathProblem } from "./places.ts";

export interface FileOrder {
  readonly path: string;
  readonly edits: readonly Edit[];
  /** sha256 of the file that is meant, as 64 hex digits; null: whatever it holds. */
  readonly expectDigest: string | null;
  /** null: the file must be there. */
  readonly create: Creation | null;
}

export type Creation = { readonly content: string } | { readonly template: string; readonly values: JsonMap };

export interface Order {
  readonly files: readonly FileOrder[];
  /** The output has a list of files. */
  readonly isList: boolean;
  readonly isDryRun: boolean;
  /** The folder that paths begin in, as written. */
  readonly site: string;
}

export interface ContentRoots {
  /** Folders of the workspace whose files may be edited. */
  readonly roots: readonly string[];
  /** Folders of the workspace in which templates lie. */
  readonly templateRoots: readonly string[];
}

export const DEFAULT_ROOTS: ContentRoots = {
  roots: ["content", "data", "i18n"],
  templateRoots: ["archetypes", "templates"],
};

const FILE_KEYS = [
  "path",
  "edits",
  ...OPERATIONS,
  "expect_digest",
  "create",
  "content",
  "template",
  "values",
];
const TOP_KEYS = ["files", "dry_run", "site_path", ...FILE_KEYS];

/** `isOpen`: expressions are not evaluated yet, so what they stand for is not looked at. */
export function readOrder(parameters: JsonMap, roots: ContentRoots, isOpen: boolean): Result<Order> {
  const complaints = new Complaints(isOpen);
  const files = own(parameters, "files");
  const site = own(parameters, "site_path");
  if (site !== undefined && typeof site !== "string")
    complaints.add("E_TYPE", "site_path must be the path of a folder", "site_path: site");
  const isDryRun = truth(parameters, "dry_run", "parameters", complaints);
  const isList = files !== undefined;
  const orders = isList
    ? readFiles(parameters, files, roots, complaints)
    : readFile(parameters, "parameters", roots, complaints, TOP_KEYS);
  return complaints.problems.length > 0
    ? bad(...complaints.problems)
    : good({ files: orders, isList, isDryRun, site: typeof site === "string" ? site : "." });
}

/** What can be said before expressions are evaluated. */
export function contentProblems(
  parameters: JsonMap,
  roots: ContentRoots = DEFAULT_ROOTS,
): readonly Problem[] {
  const order = readOrder(parameters, roots, true);
  return order.ok ? [] : order.problems;
}

function readFiles(
  parameters: JsonMap,
  files: Json,
  roots: ContentRoots,
  complaints: Complaints,
): readonly FileOrder[] {
  const beside = Object.keys(parameters).filter((key) => !["files", "dry_run", "site_path"].includes(key));
  if (beside.length > 0)
    complaints.add(
      "E_FIELD_CONTEXT",
      `${beside.join(", ")} cannot stand beside files`,
      "say it in each of the files",
    );
  if (complaints.isUnknown(files)) return [];
  if (!Array.isArray(files) || files.length === 0) {
    complaints.add("E_TYPE", "files must be a list of at least one file", "files: [{ path: …, edits: […] }]");
    return [];
  }
  const orders = files.flatMap((file: Json, index) => {
    const where = `files[${index}]`;
    if (complaints.isUnknown(file)) return [];
    if (isMap(file)) return readFile(file, where, roots, complaints, FILE_KEYS);
    complaints.add("E_TYPE", `${where} must be a map with path and edits`);
    return [];
  });
  const seen = new Set<string>();
  for (const { path } of orders) {
    if (seen.has(path))
      complaints.add("E_DUPLICATE_ID", `${path} stands twice under files`, "put its edits together");
    seen.add(path);
  }
  return orders;
}

function readFile(
  map: JsonMap,
  where: string,
  roots: ContentRoots,
  complaints: Complaints,
  keys: readonly string[],
): readonly FileOrder[] {
  complaints.keys(map, keys, where);
  const path = readPath(map, "path", where, roots.roots, complaints);
  const expectDigest = readDigest(map, where, complaints);
  const create = readCreation(map, where, roots, complaints);
  const written = own(map, "edits");
  const beside = OPERATIONS.filter((operation) => own(map, operation) !== undefined);
  if (written !== undefined && beside.length > 0)
    complaints.add(
      "E_FIELD_CONTEXT",
      `${where}: edits and ${beside.join(", ")} exclude each other`,
      "keep one form",
    );
  if (written === undefined && beside.length === 0 && own(map, "create") === undefined)
    complaints.add(
      "E_REQUIRED",
      `${where} says nothing to do`,
      `edits: [...], or one of ${OPERATIONS.join(", ")}`,
    );
  const at = where === "parameters" ? "edits" : `${where}.edits`;
  const edits =
    written === undefined ? readShort(map, where, complaints) : readEdits(written, at, complaints);
  return path === null ? [] : [{ path, edits, expectDigest, create }];
}

/** null: it is not known yet, or no path at all. */
function readPath(
  map: JsonMap,
  key: "path" | "template",
  where: string,
  roots: readonly string[],
  complaints: Complaints,
): string | null {
  if (complaints.isUnknown(own(map, key))) return null;
  const path = complaints.text(map, key, where);
  if (path === null) return null;
  const problem = pathProblem(path, roots);
  if (problem === null) return path;
  complaints.problems.push({ ...problem, hint: `${where}.${key}: ${problem.hint}` });
  return null;
}

function readDigest(map: JsonMap, where: string, complaints: Complaints): string | null {
  const digest = own(map, "expect_digest");
  if (digest === undefined || digest === null || complaints.isUnknown(digest)) return null;
  if (typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest)) return digest;
  return complaints.add("E_ARG", `${where}.expect_digest must be a sha256 of 64 hex digits`);
}

function readCreation(
  map: JsonMap,
  where: string,
  roots: ContentRoots,
  complaints: Complaints,
): Creation | null {
  const [content, template, values] = ["content", "template", "values"].map((key) => own(map, key));
  const isCreated = truth(map, "create", where, complaints);
  if (!isCreated) {
    const given = ["content", "template", "values"].filter((key) => own(map, key) !== undefined);
    if (given.length > 0 && !complaints.isUnknown(own(map, "create")))
      complaints.add("E_FIELD_CONTEXT", `${where}.${given[0]} has no effect without create: true`);
    return null;
  }
  if ((content === undefined) === (template === undefined))
    return complaints.add("E_FIELD_CONTEXT", `${where}: create takes exactly one of content and template`);
  if (template === undefined) {
    if (values !== undefined) complaints.add("E_FIELD_CONTEXT", `${where}.values are for a template`);
    const text = complaints.text(map, "content", where);
    return text === null ? null : { content: text };
  }
  const path = readPath(map, "template", where, roots.templateRoots, complaints);
  if (values !== undefined && !isMap(values)) {
    if (!complaints.isUnknown(values)) complaints.add("E_TYPE", `${where}.values must be a map`);
    return null;
  }
  return path === null ? null : { template: path, values: values ?? {} };
}

function truth(map: JsonMap, key: string, where: string, complaints: Complaints): boolean {
  const value = own(map, key);
  if (typeof value === "boolean") return value;
  if (value !== undefined && !complaints.isUnknown(value))
    complaints.add("E_TYPE", `${where}.${key} must be true or false`);
  return false;
}
