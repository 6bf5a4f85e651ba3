/** A client of `decapod mcp` that speaks the protocol itself, line by line, to the real program. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder } from "./decapod.ts";

/** Only against a hang. */
const WAIT_MS = 240_000;

/** Looked into by tests, which fail where something is not as they think. */
export type Document = ReturnType<typeof JSON.parse>;

export function each(list: Document): readonly Document[] {
  return list;
}

export interface Called {
  readonly isError: boolean;
  readonly document: Document;
  /** Of what succeeded. */
  readonly result: Document;
  /** Of what was refused. */
  readonly codes: readonly string[];
}

export interface McpClient {
  readonly child: ChildProcess;
  /** The result, or rejects with what the protocol refused. */
  ask(method: string, params?: object): Promise<Document>;
  call(name: string, input?: object): Promise<Called>;
  /** Sends a line as it is. */
  raw(line: string): void;
  /** Closes its input; its exit code. */
  close(): Promise<number | null>;
  stderr(): string;
}

interface Waiting {
  readonly resolve: (result: Document) => void;
  readonly reject: (error: Error) => void;
}

export async function mcpClient(
  t: TestContext,
  folder: Folder,
  environment: Readonly<Record<string, string>> = {},
): Promise<McpClient> {
  const [file = "", ...words] = PROGRAM;
  const env = { ...environmentWith(join(folder.path, "../home")), ...environment };
  const child = spawn(file, [...words, "mcp"], { cwd: folder.path, env, stdio: "pipe" });
  const patience = setTimeout(() => child.kill("SIGKILL"), WAIT_MS);
  const waiting = new Map<number, Waiting>();
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    told += more;
  });
  listen(child, waiting);
  // Whoever it started may hold its streams open for longer.
  child.once("exit", (code) => {
    clearTimeout(patience);
    for (const { reject } of waiting.values()) reject(new Error(`the server has ended (${code}): ${told}`));
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const raw = (line: string) => void child.stdin.write(`${line}\n`);
  let last = 0;
  const ask = (method: string, params: object = {}) =>
    new Promise<Document>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      raw(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  const close = () => {
    child.stdin.end();
    return ended;
  };
  t.after(close);
  const clientInfo = { name: "test-client", version: "1" };
  await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  raw(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  const call = async (name: string, input: object = {}) =>
    calledOf(await ask("tools/call", { name, arguments: input }));
  return { child, ask, call, raw, close, stderr: () => told };
}

function listen({ stdout }: ChildProcess, waiting: Map<number, Waiting>): void {
  let text = "";
  stdout?.setEncoding("utf8").on("data", (more: string) => {
    const lines = (text + more).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const { id, result, error } = JSON.parse(line);
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(`${error.code} ${error.message}`));
    }
  });
}

function calledOf({ content, structuredContent: document, isError }: Document): Called {
  // What a client reads that knows no structured content is the same.
  assert.deepEqual(JSON.parse(content[0].text), document);
  const codes = each(document.problems ?? []).map(({ code }) => String(code));
  return { isError: isError === true, document, result: document.result, codes };
}
