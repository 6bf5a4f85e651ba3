/** A fetch over a socket in the file system, for talking to an owner on this machine. */
import { type IncomingMessage, request } from "node:http";
import type { Fetch, FetchAnswer } from "./client.ts";

export function socketFetch(socketPath: string): Fetch {
  return (path, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const options = { socketPath, path, method, headers: { ...headers, host: "decapod" }, agent: false };
      const asking = request(signal === undefined ? options : { ...options, signal }, (response) =>
        resolve(answerOf(response)),
      );
      asking.on("error", reject);
      asking.end(body);
    });
}

function answerOf(response: IncomingMessage): FetchAnswer {
  return {
    status: response.statusCode ?? 0,
    body: response,
    text: async () => {
      const parts: Buffer[] = [];
      for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
      return Buffer.concat(parts).toString("utf8");
    },
  };
}
