/** The spawn host of an engine, started when it is first wanted: a rehearsal never wants it. */
import type { ProcessListener, ProcessStarter, RunningProcess, TakenUp } from "../driver/process-run.ts";
import { type SpawnHost, type SpawnHostOptions, startSpawnHost } from "../driver/spawn-host.ts";
import type { BootedHost } from "../driver/spawn-host-boot.ts";
import type { ProcessRequest } from "../driver/spawn-host-frames.ts";

export class LateSpawnHost implements ProcessStarter {
  readonly #options: SpawnHostOptions;
  #booted: BootedHost | null;
  #host: SpawnHost | null = null;

  /** One that was booted already is taken at once. */
  constructor(options: SpawnHostOptions, booted: BootedHost | null) {
    this.#options = options;
    this.#booted = booted;
    if (booted !== null) this.#started();
  }

  start(request: ProcessRequest, listener: ProcessListener): RunningProcess {
    return this.#started().start(request, listener);
  }

  reattach(request: TakenUp, listener: ProcessListener): RunningProcess {
    return this.#started().reattach(request, listener);
  }

  /** Whether an attempt that an earlier engine began is still at it. */
  lives(id: string): boolean {
    return this.#started().lives(id);
  }

  /** Kills what runs of these runs. */
  kill(reason: "shutdown" | "cancelled", runs: readonly string[]): void {
    this.#host?.endAll(reason, true, (id) => runs.some((run) => id.startsWith(`${run}/`)));
  }

  /** Exits are forgotten when nobody will ask for them any more. */
  async close(isAllDone: boolean): Promise<void> {
    if (isAllDone && this.#host?.running === 0) this.#host.forgetExits();
    await this.#host?.close();
  }

  #started(): SpawnHost {
    this.#host ??= startSpawnHost(this.#options, undefined, this.#booted ?? undefined);
    this.#booted = null;
    return this.#host;
  }
}
