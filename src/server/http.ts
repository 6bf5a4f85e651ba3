/** HTTP/1.1 over whatever listens: requests become operations, answers JSON, what happens server-sent events. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { BODY_BYTES_MAX, OPERATIONS } from "../contract.ts";
import { type Answer, type Asked, answer, failed, type Routed, route } from "./answer.ts";
import { EventStream } from "./event-stream.ts";
import type { Caller, Service } from "./handlers.ts";

export interface HttpOptions extends Service {
  /** How many files this process may hold open. */
  readonly handles?: number;
}

/** How many may follow what happens at once; fewer where few files may be open. */
const STREAMS_MAX = 200;
/** Of the handles of this process: what it holds open by itself, and for short calls beside the streams. */
const OWN_HANDLES = 48;
const CALLS_MAX = 16;
/** Of these calls: who comes when all others are taken is told so. */
const REFUSALS_MAX = 4;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

export interface HttpDoor {
  readonly server: Server;
  /** How many follow what happens. */
  readonly followers: number;
  /** Ends every connection, those that follow after what they have been told. */
  end(): void;
}

export function httpDoor(options: HttpOptions): HttpDoor {
  const { handles = Number.POSITIVE_INFINITY } = options;
  const streamsMax = Math.max(1, Math.min(STREAMS_MAX, Math.floor((handles - OWN_HANDLES) / 2)));
  const streams = new Set<ServerResponse>();
  const connectionsMax = streamsMax + CALLS_MAX;
  const answeredMax = connectionsMax - REFUSALS_MAX;
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16_384 },
    (request, response) => {
      // Its other side has gone; there is nobody to tell.
      response.on("error", () => {});
      if (crowd.has(request.socket)) return send(response, crowded(answeredMax));
      void take(request, response, { ...options, streamsMax }, streams);
    },
  );
  // Above it a connection is closed at once: what runs needs the handles.
  server.maxConnections = connectionsMax;
  const crowd = crowdAt(server, answeredMax);
  return {
    server,
    get followers() {
      return streams.size;
    },
    end: () => {
      for (const stream of streams) stream.end();
      server.closeIdleConnections();
    },
  };
}

/** The connections that came when so many were open already. */
function crowdAt(server: Server, most: number): WeakSet<Socket> {
  const crowd = new WeakSet<Socket>();
  let open = 0;
  server.on("connection", (socket) => {
    if (open >= most) crowd.add(socket);
    open += 1;
    socket.on("close", () => {
      open -= 1;
    });
  });
  return crowd;
}

function crowded(most: number): Answer {
  const message = `the process that owns this project is asked by too many at once (${most} connections)`;
  return failed(503, { code: "E_FDS", message, hint: "try again in a moment" });
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  options: Limited,
  streams: Set<ServerResponse>,
): Promise<void> {
  try {
    const { method = "", url = "" } = request;
    const routed = route(method, url);
    if ("status" in routed) return send(response, routed);
    const caller = callerOf(request);
    if ("stream" in OPERATIONS[routed.name])
      return await follow(response, { routed, caller, options, streams });
    const body = method === "POST" ? await bodyOf(request) : null;
    if (typeof body === "object" && body !== null) return send(response, body);
    const asked: Asked = { method, path: url, body, caller };
    send(response, await answer(routed, asked, options));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    send(response, failed(500, { code: "E_BUG", message }));
  }
}

function send(response: ServerResponse, { status, document }: Answer): void {
  if (response.headersSent) return void response.destroy();
  const text = `${JSON.stringify(document)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(text);
}

/** The text of a body, or why it is not taken. */
async function bodyOf(request: IncomingMessage): Promise<string | Answer> {
  if (request.headers["content-type"] !== "application/json")
    return failed(415, { code: "E_SCHEMA", message: "only application/json is taken" });
  const parts: Buffer[] = [];
  let size = 0;
  // Not destroyed when it is too long: the answer says so first, and the connection is closed behind it.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) {
      const message = `the request is larger than ${BODY_BYTES_MAX / 1024 / 1024} MiB`;
      return failed(413, { code: "E_TOO_LARGE", message });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** What a client says of itself (client/client.ts). */
function callerOf({ headers }: IncomingMessage): Caller {
  const pid = Number(headers["decapod-pid"]);
  const token = headers["decapod-token"];
  const known = { pid: Number.isSafeInteger(pid) && pid > 0 ? pid : null };
  return typeof token === "string" ? { ...known, token } : known;
}

interface Limited extends Service {
  readonly streamsMax: number;
}

interface Follow {
  readonly routed: Routed;
  readonly caller: Caller;
  readonly options: Limited;
  readonly streams: Set<ServerResponse>;
}

async function follow(response: ServerResponse, follow: Follow): Promise<void> {
  const { routed, caller, options, streams } = follow;
  const admitted = await options.admit(OPERATIONS[routed.name].access, caller);
  if (!admitted.ok) return send(response, failed(403, ...admitted.problems));
  const { streamsMax } = options;
  if (streams.size >= streamsMax)
    return send(response, failed(503, { code: "E_FDS", message: `${streamsMax} follow already` }));
  streams.add(response);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const stream = new EventStream({ write: (text) => !response.writableEnded && response.write(text) });
  const stop = options.handlers["events.follow"]((item) => stream.tell(item));
  response.on("drain", () => stream.drained());
  response.on("close", () => {
    streams.delete(response);
    stop();
  });
}
