/**
 * Scripted stand-ins for the two other APIs of models that agents here speak, OpenAI Responses and Gemini, so that the
 * real programs can be run without a network and without chance. Turns that fit are used in order, the last one for
 * all that follows. Made for this project from what was measured of the real programs; MIT like the rest of it.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { settled, type Turn } from "./stub.ts";

export interface OtherTurn {
  readonly text?: string;
  readonly tool?: { readonly name: string; readonly input: Readonly<Record<string, unknown>> };
  readonly error?: { readonly status: number; readonly body?: object };
  /** Accept and never answer; or send half of the answer and fall silent. */
  readonly hang?: "before" | "mid";
  /** Answer no earlier than this is settled. */
  readonly until?: Turn["until"];
  /** Only requests whose newest message, of the person or of a tool, holds this. */
  readonly when?: RegExp;
}

export interface OtherRequest {
  readonly path: string;
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface OtherStub {
  readonly url: string;
  readonly requests: readonly OtherRequest[];
  close(): Promise<void>;
}

export async function startOtherStub(turns: readonly OtherTurn[]): Promise<OtherStub> {
  const requests: OtherRequest[] = [];
  const left = [...turns];
  const take = (body: OtherRequest["body"]) => {
    const at = left.findIndex(({ when }) => when?.test(newestIn(body)) ?? true);
    return left.splice(at, at === -1 ? 0 : 1)[0] ?? turns.at(-1) ?? { text: "no more turns" };
  };
  const server = http.createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const isOpenai = path.endsWith("/responses");
      const isGemini = /:(?:streamGenerate|generate)Content$/.test(path);
      if (/:countTokens$/.test(path)) return sendJson(response, 200, { totalTokens: 100 });
      if (body === null || !(isOpenai || isGemini)) return sendJson(response, 404, { error: { code: 404 } });
      const turn = take(body);
      const key = String(request.headers.authorization ?? request.headers["x-goog-api-key"] ?? "");
      requests.push({ path, key, body });
      const serial = requests.length;
      void settled(turn.until).then(() => {
        if (isOpenai) answer(response, turn, openaiEvents(turn, serial));
        else if (path.includes(":stream")) answer(response, turn, geminiEvents(turn));
        else sendJson(response, 200, geminiAnswer(turn));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<OtherRequest["body"] | null> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return request.method === "POST" ? (JSON.parse(text || "{}") as OtherRequest["body"]) : null;
}

/** Of either API: the last that the person or a tool said. */
function newestIn({ input, contents }: OtherRequest["body"]): string {
  const said: readonly { readonly role?: string; readonly type?: string }[] = Array.isArray(input)
    ? input
    : Array.isArray(contents)
      ? contents
      : [];
  return JSON.stringify(
    said.findLast(({ role, type = "" }) => role === "user" || /_output$/.test(type)) ?? "",
  );
}

function answer(response: ServerResponse, turn: OtherTurn, events: readonly string[]): void {
  if (turn.hang === "before") return;
  if (turn.error !== undefined) {
    const { status, body } = turn.error;
    return sendJson(response, status, body ?? { error: { code: status, message: `stub error ${status}` } });
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const count = turn.hang === "mid" ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, count)) response.write(event);
  if (turn.hang === undefined) response.end();
}

function openaiEvents({ text, tool }: OtherTurn, serial: number): readonly string[] {
  const items: Record<string, unknown>[] = [];
  if (text !== undefined) {
    const content = [{ type: "output_text", text, annotations: [] }];
    items.push({ type: "message", id: `msg_${serial}`, role: "assistant", status: "completed", content });
  }
  if (tool !== undefined)
    items.push({
      type: "function_call",
      id: `fc_${serial}`,
      call_id: `call_${serial}`,
      status: "completed",
      name: tool.name,
      arguments: JSON.stringify(tool.input),
    });
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 120,
  };
  const response = { id: `resp_${serial}`, object: "response" };
  const parts = items.flatMap((item, output_index) => {
    const isText = item.type === "message";
    const open = { ...item, status: "in_progress", ...(isText && { content: [] }) };
    const delta = { item_id: item.id, output_index, content_index: 0, delta: text };
    return [
      { type: "response.output_item.added", output_index, item: open },
      ...(isText ? [{ type: "response.output_text.delta", ...delta }] : []),
      { type: "response.output_item.done", output_index, item },
    ];
  });
  const events = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    ...parts,
    { type: "response.completed", response: { ...response, status: "completed", output: items, usage } },
  ];
  return events.map(
    (event, sequence_number) =>
      `event: ${event.type}\ndata: ${JSON.stringify({ sequence_number, ...event })}\n\n`,
  );
}

function geminiAnswer({ text, tool }: OtherTurn) {
  const parts = [
    ...(text === undefined ? [] : [{ text }]),
    ...(tool === undefined ? [] : [{ functionCall: { name: tool.name, args: tool.input } }]),
  ];
  return {
    candidates: [{ index: 0, finishReason: "STOP", content: { role: "model", parts } }],
    modelVersion: "stub",
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
  };
}

/** The half of an answer is one that has not ended yet. */
function geminiEvents(turn: OtherTurn): readonly string[] {
  const whole = geminiAnswer(turn);
  const begun = { ...whole, candidates: whole.candidates.map(({ finishReason: _, ...one }) => one) };
  const events = turn.hang === "mid" ? [begun, whole] : [whole];
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
