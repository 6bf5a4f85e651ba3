/**
 * The engine's side of the spawn hosts. One is started at once; a second joins when four children are wanted at the
 * same time and there are cores for it. The first host starts the second, so the engine, which may be large by then,
 * forks only once. A start goes to the host with fewer children.
 */
import { availableParallelism } from "node:os";
import { must, present } from "../core/invariant.ts";
import { loadNow } from "../port/load-now.ts";
import { sharedLooks } from "../port/process-table.ts";
import type { Pipe } from "../port/spawn.ts";
import { type ExitLog, mayBeAtIt, readExitLog } from "./exit-log.ts";
import { HostLink } from "./host-link.ts";
import { portsOfProject } from "./own-processes.ts";
import { endProcess, type ProcessPorts } from "./process-end.ts";
import type { ProcessEnd, ProcessListener, ProcessStarter, RunningProcess, TakenUp } from "./process-run.ts";
import type { AdoptedProcess } from "./reattach.ts";
import { type BootedHost, bootSpawnHost, REAL_SPAWN_HOST_PORTS } from "./spawn-host-boot.ts";
import {
  type EndReason,
  type EngineFrame,
  HOST_DEFAULTS,
  type HostFrame,
  type HostSettings,
  type ProcessRequest,
} from "./spawn-host-frames.ts";

export interface SpawnHostOptions extends Partial<HostSettings> {
  readonly exitLog: string;
  readonly pipeFolder: string;
  readonly cores?: number;
  /** Another file for the host's program, as the bench has one; not for one that was got ready before. */
  readonly program?: string;
}

export interface SpawnHost extends ProcessStarter {
  /** The first host has said hello. Starts need not wait for it. */
  readonly ready: Promise<void>;
  readonly running: number;
  /** Numbers of the living hosts, for messages and tests. */
  hosts(): readonly number[];
  /** Of all that run, those that are meant. */
  endAll(reason: EndReason, now: boolean, isMeant?: (id: string) => boolean): void;
  /** Whether an attempt that an earlier engine began is still at it. */
  lives(id: string): boolean;
  /** Ends whatever still carries the name of one of these attempts, which nobody will follow any more. */
  reap(ids: readonly string[]): Promise<void>;
  /** Empties the exit log: every attempt of earlier engines has been settled and none runs. */
  forgetExits(): void;
  /** Lets go of the hosts: they leave when their last child has ended. Settled when they are gone or let go. */
  close(): Promise<void>;
}

/** Of a process whose start nobody recorded: only its token can find it. */
const UNKNOWN = { pid: -1, startTime: "" };
/** So many children at once make a second host worth its memory. */
const SECOND_HOST_CHILDREN = 4;

/** Returns at once; the host gets ready meanwhile, or was got ready before. */
export function startSpawnHost(
  { program, ...options }: SpawnHostOptions,
  ports: ProcessPorts = REAL_SPAWN_HOST_PORTS,
  booted: BootedHost = bootSpawnHost(ports, program),
): SpawnHost {
  return new SpawnHosts({ cores: availableParallelism(), ...HOST_DEFAULTS, ...options }, ports, booted);
}

type Settings = HostSettings & { readonly cores: number };

interface Entry {
  readonly link: HostLink;
  readonly listener: ProcessListener;
  identity: { readonly pid: number; readonly startTime: string } | null;
}

class SpawnHosts implements SpawnHost {
  readonly #settings: Settings;
  readonly #ports: ProcessPorts;
  /** For those that are found lost together. */
  readonly #shared: ProcessPorts;
  readonly #program: string;
  readonly #entries = new Map<string, Entry>();
  readonly ready: Promise<void>;
  #links: HostLink[] = [];
  #spare: { readonly pipe: Pipe; readonly keeper: HostLink } | null = null;
  #log: ExitLog | null = null;
  readonly #adopted = new Map<string, AdoptedProcess>();
  #isClosed = false;

  constructor(settings: Settings, ports: ProcessPorts, booted: BootedHost) {
    this.#settings = settings;
    this.#ports = portsOfProject(ports, settings.exitLog);
    this.#shared = { ...this.#ports, table: sharedLooks(this.#ports.table, ports.clock) };
    this.#program = booted.program;
    this.ready = this.#take(booted).hello;
  }

  get running(): number {
    return this.#entries.size + this.#adopted.size;
  }

  hosts(): readonly number[] {
    return this.#links.flatMap((link) => link.pid ?? []);
  }

  start(request: ProcessRequest, listener: ProcessListener): RunningProcess {
    must(!this.#isClosed, "a closed spawn host starts nothing");
    must(!this.#entries.has(request.id), `${request.id} is running already`);
    this.#callSecond();
    const link = this.#choose();
    this.#entries.set(request.id, { link, listener, identity: null });
    link.add(request.id);
    link.send({ kind: "start", ...request });
    const { id } = request;
    return {
      end: (reason, now) => this.#sendFor(id, { kind: "end", id, reason, now }),
      input: (text, last) => this.#sendFor(id, { kind: "input", id, text, last }),
    };
  }

  reattach(request: TakenUp, listener: ProcessListener): RunningProcess {
    const { exitLog, graceMs, quietMs } = this.#settings;
    this.#log ??= readExitLog(exitLog, this.#ports.files);
    const options = { request, exitLogPath: exitLog, log: this.#log, graceMs, quietMs };
    // Few engines find an attempt of an earlier one.
    const { reattachProcess } = loadNow<typeof import("./reattach.ts")>(import.meta.url, "reattach");
    const adopted = reattachProcess(options, this.#shared, {
      started: (pid, startTime) => listener.started(pid, startTime),
      output: (bytes, line) => listener.output(bytes, line),
      quiet: (quietMs) => listener.quiet(quietMs),
      ended: (end) => {
        this.#adopted.delete(request.id);
        listener.ended(end);
      },
    });
    this.#adopted.set(request.id, adopted);
    return adopted;
  }

  endAll(reason: EndReason, now: boolean, isMeant: (id: string) => boolean = () => true): void {
    for (const id of this.#entries.keys())
      if (isMeant(id)) this.#sendFor(id, { kind: "end", id, reason, now });
    for (const [id, process] of this.#adopted) if (isMeant(id)) process.end(reason, now);
  }

  lives(id: string): boolean {
    this.#log ??= readExitLog(this.#settings.exitLog, this.#ports.files);
    this.#log.refresh();
    return mayBeAtIt(id, this.#log, this.#ports.table);
  }

  async reap(ids: readonly string[]): Promise<void> {
    const { files } = this.#ports;
    const log = readExitLog(this.#settings.exitLog, files);
    const end = (id: string) =>
      new Promise<void>((resolve) => {
        const { pid, startTime } = log.find(id).start ?? UNKNOWN;
        endProcess({ pid, startTime, token: id }, this.#shared, { graceMs: 0, done: () => resolve() });
      });
    await Promise.all(ids.map(end));
  }

  forgetExits(): void {
    must(this.running === 0, "exits of running attempts may not be forgotten");
    this.#log = null;
    const { exitLog } = this.#settings;
    if (!this.#ports.files.exists(exitLog)) return;
    // Not removed: a host of an earlier engine may have it open, and appends to what is there.
    const file = this.#ports.files.open(exitLog, "append");
    file.truncate(0);
    file.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const process of this.#adopted.values()) process.letGo();
    this.#spare?.pipe.destroy();
    this.#spare = null;
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #sendFor(id: string, frame: EngineFrame): void {
    this.#entries.get(id)?.link.send(frame);
  }

  #choose(): HostLink {
    if (this.#links.length === 0) this.#take(bootSpawnHost(this.#ports, this.#program));
    const ready = this.#links.filter((link) => link.isReady);
    const [first, ...others] = ready.length > 0 ? ready : this.#links;
    return others.reduce(
      (best, link) => (link.count < best.count ? link : best),
      present(first, "a spawn host"),
    );
  }

  #take({ socket, spare }: BootedHost): HostLink {
    const link = this.#connect(socket);
    this.#spare?.pipe.destroy();
    this.#spare = { pipe: spare, keeper: link };
    return link;
  }

  #callSecond(): void {
    const { cores } = this.#settings;
    if (this.#spare === null || cores < 2 || this.#entries.size + 1 < SECOND_HOST_CHILDREN) return;
    const { pipe, keeper } = this.#spare;
    this.#spare = null;
    keeper.send({ kind: "second" });
    this.#connect(pipe);
  }

  #connect(pipe: Pipe): HostLink {
    const { cores: _cores, ...settings } = this.#settings;
    const link: HostLink = new HostLink(pipe, this.#ports.clock, {
      frame: (frame) => this.#hear(frame),
      gone: () => this.#gone(link),
    });
    link.send({ kind: "setup", ...settings });
    this.#links.push(link);
    return link;
  }

  #hear(frame: HostFrame): void {
    if (frame.kind === "hello" || frame.kind === "bug") return;
    const entry = this.#entries.get(frame.id);
    if (entry === undefined) return;
    switch (frame.kind) {
      case "started":
        entry.identity = { pid: frame.pid, startTime: frame.startTime };
        return entry.listener.started(frame.pid, frame.startTime);
      case "output":
        return entry.listener.output(frame.bytes, frame.line);
      case "quiet":
        return entry.listener.quiet(frame.quietMs);
      case "exit":
      case "refused":
        return this.#end(frame);
      /* node:coverage ignore next */
      default:
        frame satisfies never;
    }
  }

  #end(end: ProcessEnd): void {
    const entry = this.#entries.get(end.id);
    this.#entries.delete(end.id);
    entry?.link.remove(end.id);
    entry?.listener.ended(end);
  }

  /** A host died. What it recorded still counts; what it left is ended, by number, start time and token. */
  #gone(link: HostLink): void {
    this.#links = this.#links.filter((other) => other !== link);
    if (this.#spare?.keeper === link) {
      this.#spare.pipe.destroy();
      this.#spare = null;
    }
    if (this.#isClosed) return;
    const orphans = [...this.#entries].filter(([, entry]) => entry.link === link);
    if (orphans.length === 0) return;
    const log = readExitLog(this.#settings.exitLog, this.#ports.files);
    for (const [id, entry] of orphans) {
      const { start, end } = log.find(id);
      if (end !== null) this.#end(end);
      else {
        const identity = entry.identity ?? start ?? UNKNOWN;
        const done = (notes: readonly string[]) =>
          this.#end({ kind: "lost", id, notes: ["the process that started it died", ...notes] });
        endProcess({ pid: identity.pid, startTime: identity.startTime, token: id }, this.#shared, {
          graceMs: 0,
          done,
        });
      }
    }
  }
}
