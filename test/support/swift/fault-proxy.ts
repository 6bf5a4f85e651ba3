// A small proxy before a server, which answers for it, cuts it off or holds it up as a test asks.
import { request as ask, createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** null: it is handed on. cut: the connection is closed in the middle. */
export type Fault = null | "cut" | { readonly status: number; readonly code: string };

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Counts from 1. */
  readonly number: number;
}

export interface FaultProxy {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
}

export async function faultProxy(
  t: TestContext,
  port: number,
  faultFor: (asked: Asked) => Fault | Promise<Fault>,
): Promise<FaultProxy> {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, answer) => {
    const one = { method: incoming.method ?? "", path: incoming.url ?? "", number: asked.length + 1 };
    asked.push(one);
    const fault = await faultFor(one);
    if (fault === "cut") return void incoming.socket.destroy();
    if (fault !== null) {
      incoming.resume();
      const text = `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>as a test asked</Message></Error>`;
      return void answer.writeHead(fault.status, { "content-type": "application/xml" }).end(text);
    }
    const onward = ask({ port, method: one.method, path: one.path, headers: incoming.headers });
    onward.on("response", (reply: IncomingMessage) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
