/**
 * The bridge: a process of its own between the spawn host and an ACP agent. It speaks the protocol, answers what the
 * agent asks by policy and prints what happens as lines. So an agent that needs somebody to talk to is a child like every
 * other: its log, its limits and its end do not depend on the engine, and an engine that comes later takes it up.
 */
import { dirname } from "node:path";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import type { Spawn, StartedProcess } from "../../port/spawn.ts";
import { mapAt, textAt } from "../agent/event.ts";
import type { BridgeEvent, BridgeSettings, Policy } from "./bridge-settings.ts";
import { talk } from "./client.ts";
import { CHANGING, type Known, pathsOf, refusalOf, rule } from "./policy.ts";

export interface BridgePorts {
  readonly spawn: Spawn;
  readonly files: Files;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
  /** Called with what to do when the agent is to stop. */
  readonly onCancel: (call: () => void) => void;
}

const STDERR = 2;

/** Resolves with the exit code when nothing is left to do. */
export async function runBridge(settings: BridgeSettings, ports: BridgePorts): Promise<number> {
  const exited = Promise.withResolvers<string>();
  const process = await start(settings, ports, exited.resolve);
  if (typeof process === "string") {
    say(ports, { type: "failed", message: `it could not be started (${process})`, code: null });
    return 1;
  }
  const [input, output] = process.pipes;
  if (!input || !output) return 1;
  const told = await speak({ settings, ports, input, output });
  if (told?.type !== "failed") {
    await leave(process, settings, { ports, exited: exited.promise });
    return told === null ? 1 : 0;
  }
  // That it ended says more than that it answers no more.
  const ended = await within(ports.clock, settings.leaveMs, exited.promise);
  const message =
    ended !== null && told.code === null ? `it ended (${ended}): ${told.message}` : told.message;
  say(ports, { ...told, message });
  await leave(process, settings, { ports, exited: exited.promise });
  return 1;
}

/** The process, or why there is none. */
function start(
  { argv, workspace }: BridgeSettings,
  { spawn, environment }: BridgePorts,
  exited: (how: string) => void,
): Promise<StartedProcess | string> {
  return new Promise((resolve) => {
    spawn.start(
      argv,
      { folder: workspace, environment, stdio: ["pipe", "pipe", STDERR], ownSession: false },
      {
        started: (process) => {
          // One that is gone reads no more; how it ended is told by its end.
          process.pipes[0]?.on("error", () => {});
          resolve(process);
        },
        failed: (error) => resolve("code" in error ? String(error.code) : error.message),
        exited: (code, signal) => exited(code === null ? (signal ?? "a signal") : `exit ${code}`),
      },
    );
  });
}

interface Speaking {
  readonly settings: BridgeSettings;
  readonly ports: BridgePorts;
  readonly input: NonNullable<StartedProcess["pipes"][number]>;
  readonly output: NonNullable<StartedProcess["pipes"][number]>;
}

/** What came of it; a failure is not printed yet. */
async function speak({ settings, ports, input, output }: Speaking): Promise<BridgeEvent | null> {
  const { files, onCancel } = ports;
  const calls = new Map<string, KnownCall>();
  const ruled = new Map<string, RuledCall>();
  let last: BridgeEvent | null = null;
  const known = (call: JsonMap) => knownOf(call, calls, settings, files);
  await talk({
    settings,
    prompt: files.readText(settings.prompt),
    input,
    output,
    onCancel,
    say: (event) => {
      if (event.type === "update" && isMap(event.update)) remember(event.update, calls);
      last = event;
      if (event.type !== "failed") say(ports, event);
      const made =
        event.type === "update" ? madeUnruled(event.update, { calls, ruled }, settings.policy) : null;
      if (made === null) return;
      const refused = refusalOf(made.call, settings.policy, known(made.call));
      if (refused === null) return;
      const what = `${refused.call}, and ${made.how}`;
      say(ports, { type: "refused", what, rule: null, isEver: refused.isEver });
    },
    rule: (request) => {
      const call = mapAt(request, "toolCall");
      const ruling = rule(request, settings.policy, known(call));
      remember(call, calls);
      const id = textAt(call, "toolCallId") ?? "";
      const as = calls.get(id);
      if (as !== undefined) ruled.set(id, { as, isRefused: ruling.refused !== null });
      return ruling;
    },
  });
  return last;
}

const CALLS_MAX = 10_000;
const PATHS_MAX = 1_000;

interface KnownCall {
  readonly kind: string | null;
  readonly paths: readonly string[];
  /** What was said last: the command or the address stands in it. */
  readonly input: JsonMap;
}

interface RuledCall {
  /** What was known of it when it was ruled on. */
  readonly as: KnownCall;
  readonly isRefused: boolean;
}

/** An agent need not say again, when it asks, what kind of call it told of before, and where it acts. */
function remember(call: JsonMap, calls: Map<string, KnownCall>): void {
  const id = textAt(call, "toolCallId");
  if (id === null || (!calls.has(id) && calls.size >= CALLS_MAX)) return;
  const before = calls.get(id) ?? { kind: null, paths: [], input: {} };
  const paths = [...new Set([...before.paths, ...pathsOf(call)])].slice(0, PATHS_MAX);
  const kind = textAt(call, "kind") ?? before.kind;
  calls.set(id, { kind, paths, input: { ...before.input, ...mapAt(call, "rawInput") } });
}

interface Calls {
  readonly calls: ReadonlyMap<string, KnownCall>;
  readonly ruled: ReadonlyMap<string, RuledCall>;
}

/** A call that has ended and was not ruled on as what it came to; null: no such event. */
function madeUnruled(update: Json, { calls, ruled }: Calls, { kinds }: Policy) {
  if (!isMap(update)) return null;
  const status = textAt(update, "status");
  const id = textAt(update, "toolCallId") ?? "";
  const made = calls.get(id);
  if (made === undefined || (status !== "completed" && status !== "failed")) return null;
  const call = { ...update, rawInput: made.input };
  const before = ruled.get(id);
  if (before !== undefined) {
    const isKnown = (before.isRefused && status === "failed") || isWithin(made, before.as);
    return isKnown ? null : { call, how: "had asked for something else" };
  }
  const { kind, paths } = made;
  // What the role offers and is not said where is believed.
  if (kind === null || !CHANGING.has(kind) || (kinds.includes(kind) && paths.length === 0)) return null;
  return { call, how: `${status === "completed" ? "did" : "tried"} it without asking` };
}

/** Of the kind that was ruled on, nowhere else, and with the same words. */
function isWithin({ kind, paths, input }: KnownCall, ruled: KnownCall): boolean {
  const isSaidSo = ["command", "url"].every((name) => textAt(input, name) === textAt(ruled.input, name));
  return kind === ruled.kind && isSaidSo && paths.every((path) => ruled.paths.includes(path));
}

function knownOf(
  call: JsonMap,
  calls: ReadonlyMap<string, KnownCall>,
  { workspace }: BridgeSettings,
  files: Files,
): Known {
  return {
    workspace,
    pathsOf: (id) => calls.get(id)?.paths ?? [],
    kindOf: (id) => calls.get(id)?.kind ?? textAt(call, "kind"),
    realPath: (path) => realPath(path, files),
  };
}

/** Of what is not there yet: where its folder leads. */
function realPath(path: string, files: Files): string {
  if (files.statTarget(path) !== null || dirname(path) === path) return files.realPath(path);
  const folder = realPath(dirname(path), files);
  return `${folder === "/" ? "" : folder}/${path.slice(dirname(path).length).replace(/^\/+/, "")}`;
}

interface Leaving {
  readonly ports: BridgePorts;
  readonly exited: Promise<string>;
}

/** Some agents stay when their standard input ends: they are ended. What they leave the spawn host looks for. */
async function leave(
  process: StartedProcess,
  { leaveMs }: BridgeSettings,
  { ports, exited }: Leaving,
): Promise<void> {
  process.pipes[0]?.end();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if ((await within(ports.clock, leaveMs, exited)) !== null) return;
    ports.spawn.signal(process.pid, signal);
  }
}

/** null: not in time. */
function within<Value>(clock: Clock, ms: number, value: Promise<Value>): Promise<Value | null> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(null), { hold: true });
    void value.then((got) => {
      cancel();
      resolve(got);
    });
  });
}

function say({ print }: BridgePorts, event: BridgeEvent): void {
  print(`${JSON.stringify(event)}\n`);
}
