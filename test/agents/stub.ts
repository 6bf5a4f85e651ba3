/**
 * A scripted stand-in for the Anthropic Messages API, so that the real `claude` can be run without a network and
 * without chance. A script is a list of turns; each request with tools takes the next one that fits. Made for this
 * project from what was measured of the real program; MIT like the rest of it.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Turn {
  readonly text?: string;
  readonly tools?: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[];
  /** An HTTP error in place of an answer. */
  readonly error?: {
    readonly status: number;
    readonly type?: string;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Accept and never answer; or send half of the answer and fall silent. */
  readonly hang?: "before" | "mid";
  /** Answer no earlier than this is settled. */
  readonly until?: Promise<unknown> | (() => Promise<unknown>);
  /** How many requests it answers; -1: all that come. */
  readonly times?: number;
  /** Only requests whose newest message of the user, or whose system text, holds this. */
  readonly when?: { readonly last?: RegExp; readonly system?: RegExp };
  readonly usage?: Readonly<Record<string, number>>;
}

export interface StubRequest {
  readonly body: Body;
  readonly key: string | undefined;
  /** Which turn answered; null: the last resort. */
  readonly turn: number | null;
}

interface Body {
  readonly model?: string;
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
}

export interface Stub {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /** Settled when so many requests have come. */
  reached(count: number): Promise<void>;
  close(): Promise<void>;
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};
const LAST_RESORT: Turn = { text: "the script has no more turns" };

export async function startStub(turns: readonly Turn[]): Promise<Stub> {
  const left = turns.map(({ times }) => times ?? 1);
  const requests: StubRequest[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const server = http.createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (body === null) return void response.writeHead(request.method === "HEAD" ? 200 : 404).end();
      const turn = turns.findIndex((one, index) => left[index] !== 0 && fits(one, body));
      if (turn !== -1 && (left[turn] ?? 0) > 0) left[turn] = (left[turn] ?? 0) - 1;
      const key = request.headers["x-api-key"] ?? request.headers.authorization;
      requests.push({ body, key: String(key), turn: turn === -1 ? null : turn });
      const given = turns[turn] ?? LAST_RESORT;
      void settled(given.until).then(() => answer(response, body, given));
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
      waiting = waiting.filter(({ count }) => requests.length < count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reached: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function settled(until: Turn["until"]): Promise<unknown> {
  return Promise.resolve(typeof until === "function" ? until() : until);
}

/** null: no question to the model. */
async function bodyOf(request: IncomingMessage): Promise<Body | null> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  const isQuestion = request.method === "POST" && /^\/v1\/messages(\?|$)/.test(request.url ?? "");
  return isQuestion ? (JSON.parse(text) as Body) : null;
}

function fits({ when }: Turn, body: Body): boolean {
  // The newest message of the *user*: a system-role message may follow it.
  const last = textOf(body.messages?.findLast(({ role }) => role === "user")?.content);
  return (when?.last?.test(last) ?? true) && (when?.system?.test(textOf(body.system)) ?? true);
}

export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { readonly text?: string; readonly content?: unknown }) => part.text ?? textOf(part.content))
    .join("\n");
}

let serial = 0;
const nextId = (kind: string) => `${kind}_stub${String(++serial).padStart(8, "0")}`;

function answer(response: ServerResponse, body: Body, turn: Turn): void {
  if (turn.hang === "before") return;
  if (turn.error !== undefined) return sendError(response, turn.error);
  const blocks = blocksOf(turn);
  const usage = {
    input_tokens: 100,
    output_tokens: 20,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    ...turn.usage,
  };
  const message = {
    id: nextId("msg"),
    type: "message",
    role: "assistant",
    model: body.model,
    content: blocks,
    stop_sequence: null,
    stop_reason: turn.tools === undefined ? "end_turn" : "tool_use",
    usage,
  };
  if (body.stream !== true) return sendJson(response, 200, message);
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": nextId("req") });
  const events = eventsOf(message, blocks, usage);
  const count = turn.hang === "mid" ? Math.ceil(events.length / 2) : events.length;
  for (const [event, data] of events.slice(0, count))
    response.write(`event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`);
  if (turn.hang === undefined) response.end();
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: object };

function blocksOf({ text, tools = [] }: Turn): readonly Block[] {
  const texts: Block[] = text === undefined && tools.length > 0 ? [] : [{ type: "text", text: text ?? "" }];
  return [...texts, ...tools.map((tool): Block => ({ type: "tool_use", id: nextId("toolu"), ...tool }))];
}

function eventsOf(
  message: object,
  blocks: readonly Block[],
  usage: object,
): readonly (readonly [string, object])[] {
  const begun = { ...message, content: [], stop_reason: null };
  const parts = blocks.flatMap((block, index) => {
    const isText = block.type === "text";
    const empty = isText ? { type: "text", text: "" } : { ...block, input: {} };
    const delta = isText
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
    return [
      ["content_block_start", { index, content_block: empty }],
      ["content_block_delta", { index, delta }],
      ["content_block_stop", { index }],
    ] as const;
  });
  const { stop_reason } = message as { readonly stop_reason: string };
  return [
    ["message_start", { message: begun }],
    ["ping", {}],
    ...parts,
    ["message_delta", { delta: { stop_reason, stop_sequence: null }, usage }],
    ["message_stop", {}],
  ];
}

function sendError(
  response: ServerResponse,
  { status, type, message, headers }: NonNullable<Turn["error"]>,
): void {
  const error = {
    type: type ?? ERROR_TYPES[status] ?? "api_error",
    message: message ?? `stub error ${status}`,
  };
  sendJson(response, status, { type: "error", error }, headers);
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", "request-id": nextId("req"), ...headers });
  response.end(JSON.stringify(body));
}
