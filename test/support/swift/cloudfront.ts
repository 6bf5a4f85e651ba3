// Stands in for CloudFront: a cache before a bucket that serves what it has kept until that is invalidated, and the two
// calls of its API that a deploy makes.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Swift } from "./swift.ts";

export const DISTRIBUTION = "E1STANDIN";

export interface Front {
  /** Of the API. */
  readonly endpoint: string;
  /** What visitors ask. */
  readonly url: string;
  /** Paths of each invalidation, in order. */
  readonly invalidations: readonly (readonly string[])[];
  /** Answers the next calls of the API with these instead. */
  readonly faults: { readonly status: number; readonly code: string }[];
}

interface Invalidation {
  readonly id: string;
  readonly reference: string;
  readonly paths: readonly string[];
  asked: number;
}

/** So often it is asked for before it is completed. */
const ASKED_UNTIL_DONE = 2;

export async function cloudFront(t: TestContext, swift: Swift, bucket: string): Promise<Front> {
  const made: Invalidation[] = [];
  const cached = new Map<string, { readonly body: string; readonly type: string }>();
  const faults: { readonly status: number; readonly code: string }[] = [];
  const api = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const body = await text(incoming);
    const [, distribution, id] =
      /^\/[\d-]+\/distribution\/([^/]+)\/invalidation(?:\/([^/?]+))?/.exec(incoming.url ?? "") ?? [];
    const signed = /Credential=[^,]+\/us-east-1\/cloudfront\/aws4_request/.test(
      incoming.headers.authorization ?? "",
    );
    const fault = faults.shift();
    if (fault !== undefined) return wrong(answer, fault.status, fault.code);
    if (!signed) return wrong(answer, 403, "AccessDenied");
    if (distribution !== DISTRIBUTION) return wrong(answer, 404, "NoSuchDistribution");
    const found = id === undefined ? begin(made, body) : made.find((one) => one.id === id);
    if (found === undefined) return wrong(answer, 404, "NoSuchInvalidation");
    if (id !== undefined) found.asked += 1;
    const isDone = found.asked >= ASKED_UNTIL_DONE;
    if (isDone)
      for (const path of cached.keys()) if (found.paths.some((one) => fits(one, path))) cached.delete(path);
    answer.writeHead(id === undefined ? 201 : 200, { "content-type": "text/xml" }).end(xmlOf(found, isDone));
  };
  const front = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const path = incoming.url ?? "/";
    const key = `${path.slice(1)}${path.endsWith("/") ? "index.html" : ""}`;
    const kept = cached.get(path) ?? (await swift.get(bucket, key));
    if (kept === null) return void answer.writeHead(404).end("no such page");
    cached.set(path, { body: kept.body, type: kept.type ?? "" });
    answer.writeHead(200, { "content-type": kept.type ?? "" }).end(Buffer.from(kept.body, "latin1"));
  };
  return {
    endpoint: await serve(t, api),
    url: `${await serve(t, front)}/`,
    get invalidations() {
      return made.map(({ paths }) => paths);
    },
    faults,
  };
}

/** The same reference is the same invalidation. */
function begin(made: Invalidation[], body: string): Invalidation {
  const reference = /<CallerReference>([^<]+)</.exec(body)?.[1] ?? "";
  const known = made.find((one) => one.reference === reference);
  if (known !== undefined) return known;
  const paths = [...body.matchAll(/<Path>([^<]+)</g)].map(([, path = ""]) => path);
  const one = { id: `I${made.length + 1}STANDIN`, reference, paths, asked: 0 };
  made.push(one);
  return one;
}

function fits(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function xmlOf({ id, reference, paths }: Invalidation, isDone: boolean): string {
  const items = paths.map((path) => `<Path>${path}</Path>`).join("");
  return (
    `<?xml version="1.0"?><Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>${id}</Id>` +
    `<Status>${isDone ? "Completed" : "InProgress"}</Status><CreateTime>2026-01-19T14:30:00Z</CreateTime>` +
    `<InvalidationBatch><Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths>` +
    `<CallerReference>${reference}</CallerReference></InvalidationBatch></Invalidation>`
  );
}

function wrong(answer: ServerResponse, status: number, code: string): void {
  const text = `<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>as a test asked</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  answer.writeHead(status, { "content-type": "text/xml" }).end(text);
}

async function serve(
  t: TestContext,
  answer: (incoming: IncomingMessage, answer: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((incoming, reply) => void answer(incoming, reply));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
