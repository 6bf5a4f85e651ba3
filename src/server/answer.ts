/** A request, whatever door it came through, as an operation of the contract and its answer. */
import { type CallName, OPERATIONS, type Operation, type OperationName, ofForm } from "../contract.ts";
import { exitOf } from "../core/codes.ts";
import { isMap, type Json, type JsonMap, RESERVED_KEYS } from "../core/json.ts";
import { bad, EXIT, good, type Problem, type Result } from "../core/problem.ts";
import type { Admitted, Caller, Service } from "./handlers.ts";

export interface Asked {
  readonly method: string;
  /** Without a query: nothing is asked in one. */
  readonly path: string;
  readonly body: string | null;
  readonly caller: Caller;
}

export interface Answer {
  readonly status: number;
  readonly document: object;
}

export interface Routed {
  readonly name: OperationName;
  /** What stands in the path. */
  readonly fields: JsonMap;
}

const NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** The operation behind a method and a path; with a status of its own where there is none. */
export function route(method: string, path: string): Routed | Answer {
  const matching = NAMES.flatMap((name) => {
    const fields = fieldsOf(OPERATIONS[name].path, path);
    return fields === null ? [] : [{ name, fields }];
  });
  const routed = matching.find(({ name }) => OPERATIONS[name].method === method);
  if (routed !== undefined) return routed;
  const [other] = matching;
  if (other === undefined)
    return failed(404, { code: "E_NOT_FOUND", message: "there is nothing at this path" });
  const hint = `use ${OPERATIONS[other.name].method}`;
  return failed(405, { code: "E_USAGE", message: "this path does not take this method", hint });
}

function fieldsOf(pattern: string, path: string): JsonMap | null {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const fields: Record<string, Json> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? "";
    if (part.startsWith("{")) fields[part.slice(1, -1)] = value;
    else if (part !== value) return null;
  }
  return fields;
}

/** Carries out a call. Whatever is refused is an answer; only a bug throws. */
export async function answer(
  { name, fields }: Routed,
  { body, caller }: Asked,
  { handlers, admit }: Service,
): Promise<Answer> {
  const operation: Operation = OPERATIONS[name];
  const admitted = await admit(operation.access, caller);
  if (!admitted.ok) return refusal(admitted.problems);
  const given = body === null ? good({}) : parsed(body);
  const input = given.ok ? ofForm(operation.input, { ...given.value, ...fields }) : given;
  if (!input.ok) return failed(400, ...input.problems);
  const call = handlers[name as CallName] as (input: unknown, caller: Admitted) => Promise<Result<object>>;
  const result = await call(input.value, admitted.value);
  return result.ok
    ? { status: 200, document: { schemaVersion: 1, ...result.value } }
    : refusal(result.problems);
}

function refusal(problems: readonly Problem[]): Answer {
  const [first] = problems;
  return failed(first === undefined ? 500 : statusOf(first), ...problems);
}

/** A key that could reach a prototype is no key of ours. */
function parsed(body: string): Result<JsonMap> {
  try {
    const value = JSON.parse(body) as unknown;
    if (!isMap(value)) return bad({ code: "E_SCHEMA", message: "the request must be a JSON object" });
    const reserved = Object.keys(value).find((key) => RESERVED_KEYS.has(key));
    if (reserved === undefined) return good(value);
    return bad({ code: "E_SCHEMA", message: `the request holds the key "${reserved}"` });
  } catch {
    return bad({ code: "E_JSON", message: "the request is not JSON" });
  }
}

const STATUS_OF_EXIT: Readonly<Record<number, number>> = {
  [EXIT.usage]: 400,
  [EXIT.invalid]: 400,
  [EXIT.refused]: 403,
  [EXIT.busy]: 409,
  [EXIT.environment]: 503,
  [EXIT.notFound]: 404,
  [EXIT.waiting]: 409,
};

function statusOf({ code }: Problem): number {
  return STATUS_OF_EXIT[exitOf(code)] ?? 500;
}

/** As the command line prints it with --json, and with all that its source frames are made of. */
export function failed(status: number, ...problems: readonly Problem[]): Answer {
  const shown = problems.map(({ code, message, hint, at }) => ({
    code,
    message,
    hint: hint ?? null,
    at: at ?? null,
  }));
  return { status, document: { schemaVersion: 1, error: shown[0] ?? null, problems: shown } };
}
