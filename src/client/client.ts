/** The operations of the contract as functions, over anything shaped like fetch. */
import {
  type CallName,
  type Happening,
  type Input,
  OPERATIONS,
  type Operation,
  type Output,
  ofForm,
} from "../contract.ts";
import { isMap, type Json } from "../core/json.ts";
import { bad, type Place, type Problem, type Result } from "../core/problem.ts";

export interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What is used of an answer; the one of the platform's own fetch has it too. */
export interface FetchAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
  text(): Promise<string>;
}

/** Throws when nobody answers. */
export type Fetch = (path: string, options: FetchOptions) => Promise<FetchAnswer>;

/** Who we say we are. */
export interface Self {
  readonly pid: number;
}

export interface Client {
  /** What the owner refuses is a result; that it could not be reached, or ended before it answered, E_OWNER_GONE. */
  call<Name extends CallName>(
    name: Name,
    input: Input<Name>,
    /** Of a person who sits at no terminal. */
    token?: string,
    signal?: AbortSignal,
  ): Promise<Result<Output<Name>>>;
  /** Ends when the owner ends it; throws when the connection breaks or cannot be made. */
  events(signal: AbortSignal): AsyncGenerator<Happening>;
}

/** Of one event; what is longer is not ours. */
const EVENT_LENGTH_MAX = 1024 * 1024;

export function makeClient(fetch: Fetch, self: Self): Client {
  const headers = {
    "content-type": "application/json",
    "decapod-pid": String(self.pid),
  };
  return {
    call: async (name, input, token, signal) => {
      const operation: Operation = OPERATIONS[name];
      const body = operation.method === "POST" ? { body: bodyOf(operation, input) } : {};
      try {
        const path = pathOf(operation, input);
        const { method } = operation;
        const answer = await fetch(path, {
          method,
          headers: token === undefined ? headers : { ...headers, "decapod-token": token },
          ...body,
          ...(signal !== undefined && { signal }),
        });
        return read(operation, await answer.text()) as Result<Output<typeof name>>;
      } catch (thrown) {
        return bad(gone(thrown));
      }
    },
    events: (signal) => events(fetch, headers, signal),
  };
}

function pathOf({ path }: Operation, input: object): string {
  const fields = new Map(Object.entries(input).map(([name, value]) => [name, String(value)]));
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(fields.get(name) ?? ""));
}

/** What stands in the path is not said twice. */
function bodyOf({ path }: Operation, input: object): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(input).filter(([name]) => !path.includes(`{${name}}`))),
  );
}

function read(operation: Operation, text: string): Result<unknown> {
  const document = parsed(text);
  if (!isMap(document)) return bad(strange("its answer is no JSON"));
  const { problems } = document;
  if (Array.isArray(problems)) return bad(...problems.map(problemIn));
  const output = ofForm(operation.output, document);
  return output.ok ? output : bad(strange(output.problems[0]?.message ?? ""));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemIn(value: Json): Problem {
  const { code, message, hint, at } = isMap(value) ? value : {};
  return {
    code: String(code),
    message: String(message),
    ...(typeof hint === "string" && { hint }),
    ...(isMap(at) && { at: at as unknown as Place }),
  };
}

/** An owner of another version, most likely. */
function strange(what: string): Problem {
  return {
    code: "E_OWNER_GONE",
    message: `the process that owns this project answers what this version does not understand: ${what}`,
    hint: "wait for it to end, or use the decapod that it is",
  };
}

function gone(thrown: unknown): Problem {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: "E_OWNER_GONE",
    message: `the process that owns this project ended before it answered (${why})`,
    hint: "decapod status shows what became of it; then try again",
  };
}

async function* events(
  fetch: Fetch,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<Happening> {
  const { method, path, output } = OPERATIONS["events.follow"];
  const answer = await fetch(path, { method, headers, signal });
  if (answer.status !== 200) throw new Error((await answer.text()).slice(0, 300));
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of answer.body ?? []) {
    const parts = (text + decoder.decode(bytes, { stream: true })).split("\n\n");
    text = parts.pop() ?? "";
    if (text.length > EVENT_LENGTH_MAX) throw new Error("an event without end");
    for (const part of parts) {
      const item = ofForm(output, parsed(part.replace(/^data: /, "")));
      // What a newer owner tells besides is not for us.
      if (item.ok) yield item.value;
    }
  }
}
