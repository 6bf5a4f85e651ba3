/** One project's engine on this machine: owner, journal, host, spawn host and arm, opened and closed together. */
import { join } from "node:path";
import type { RunStarted } from "../core/event.ts";
import { ulid } from "../core/id.ts";
import { present } from "../core/invariant.ts";
import { SECRET_LENGTH_MIN } from "../core/limits.ts";
import { good, type Problem, type Result } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Progress } from "../driver/driver.ts";
import type { Registry } from "../driver/registry.ts";
import type { RehearsalScript } from "../driver/rehearsal.ts";
import { readRehearsal } from "../driver/rehearsal-file.ts";
import { type SpawnHost, startSpawnHost } from "../driver/spawn-host.ts";
import type { BootedHost } from "../driver/spawn-host-boot.ts";
import { Engine } from "../host/embedded/engine.ts";
import type { Journal } from "../host/embedded/journal.ts";
import { type RememberingLink, rememberingLink } from "../host/embedded/load.ts";
import { openJournal } from "../host/embedded/open-journal.ts";
import { becomeOwner, type Owner } from "../host/embedded/owner.ts";
import { childSources, readCalled } from "../host/embedded/sources.ts";
import { Teller } from "../host/embedded/teller.ts";
import type { Lease } from "../host/host.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { holdOpen } from "../port/process.ts";
import type { Random } from "../port/random.ts";
import type { Project } from "../spec/project.ts";
import { askedAgents, startProblems } from "../spec/startable.ts";
import type { UserSettings } from "../spec/user-file.ts";
import { bodyAt, linkDefinition, type Surroundings } from "../spec/workflow-file.ts";
import { attemptName } from "../work/folder.ts";
import { Outputs } from "../work/outputs.ts";
import { redactions } from "../work/redactions.ts";
import { knownSecret } from "../work/secrets.ts";
import type { Arm } from "./arm.ts";
import { realDrivers, rehearsedDrivers } from "./drivers.ts";
import { LOCAL_POOL, makeLocalArm } from "./local.ts";
import { answerRehearsal, countUsed, type UsedScript } from "./rehearsal-person.ts";
import { checkEffect, secretFrom } from "./short-tools.ts";

export interface LocalEngineOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's own, for the files that their tasks make. */
  readonly umask: number;
  readonly project: Project;
  /** The person's own settings. */
  readonly user: UserSettings;
  readonly stateFolder: string;
  readonly surroundings: Surroundings;
  readonly builtInFolders: readonly string[];
  readonly durability: "durable" | "fast";
  readonly slots: number;
  /** The workflow file whose rehearsal plays all agents; null for a real run. */
  readonly rehearsedFile: string | null;
  /** All that its script may name; null: not known. */
  readonly rehearsedTasks: ReadonlySet<string> | null;
  /** Got ready while the workflow was read. */
  readonly bootedHost: BootedHost | null;
  /** Silence of an attempt after which people are told; absent: as every spawn host has it. */
  readonly quietMs?: number;
}

/** A sign of life of a running attempt, or that there is none. */
export type ShownProgress = {
  readonly run: string;
  readonly task: string;
  readonly key: string | null;
  readonly attempt: number;
} & Extract<Progress, { readonly kind: "output" | "quiet" }>;

export async function openLocalEngine(options: LocalEngineOptions): Promise<Result<LocalEngine>> {
  const { stateFolder, files, clock, random, durability } = options;
  const { rehearsedFile, rehearsedTasks } = options;
  const script = rehearsedFile === null ? good(null) : readRehearsal(files, rehearsedFile, rehearsedTasks);
  if (!script.ok) return script;
  const redacted = redactions(options.project.settings.redact, options.environment);
  if (!redacted.ok) return redacted;
  const parts = { script: script.value, redacted: redacted.value };
  const owner = becomeOwner(stateFolder);
  if (!owner.ok) return owner;
  const journal = openJournal({ folder: stateFolder, durability, files, clock, random });
  if (journal.ok)
    return good(new LocalEngine(options, { ...parts, owner: owner.value, store: journal.value }));
  owner.value.release();
  return journal;
}

interface Parts {
  /** Texts that are replaced wherever something of an attempt is kept. */
  readonly redacted: Readonly<Record<string, string>>;
  readonly owner: Owner;
  readonly store: Journal;
  readonly script: RehearsalScript | null;
}

export class LocalEngine {
  readonly host: Engine;
  readonly #options: LocalEngineOptions;
  readonly #owner: Owner;
  readonly #store: Journal;
  readonly #registry: Registry;
  readonly #link: RememberingLink;
  /** null in a rehearsal, which starts nothing. */
  readonly #spawnHost: SpawnHost | null;
  readonly #arm: Arm;
  readonly #teller: Teller;
  /** What earlier engines used of a rehearsal's script. */
  readonly #used: UsedScript = { attempts: new Map(), answers: new Map() };
  readonly #listeners = new Set<(progress: ShownProgress) => void>();
  readonly #ends: (() => void)[] = [];

  constructor(options: LocalEngineOptions, parts: Parts) {
    const { owner, store, script } = parts;
    const { files, clock, random, stateFolder, project, surroundings } = options;
    this.#options = options;
    const { limits } = project.settings;
    const place = { folder: project.root, environment: options.environment, limits };
    this.#owner = owner;
    this.#store = store;
    this.#spawnHost = script === null ? spawnHostFor(options) : null;
    const outputs = new Outputs(files, stateFolder);
    this.#link = rememberingLink((text) => linkDefinition(text, surroundings), bodyAt);
    this.host = new Engine({
      store,
      clock,
      lookup: outputs,
      put: (value) => outputs.put(value),
      rehearse: script !== null,
      lives: (run, attempt, key) => this.#spawnHost?.lives(attemptName(run, attempt, key)) ?? false,
      hasArm: ({ pool, labels }) => pool === LOCAL_POOL && labels.length === 0,
      token: tokens(random),
      link: this.#link,
      sources: childSources({
        ...options,
        lookup: outputs,
        startProblems: ({ workflow }) => this.#startProblems(workflow),
      }),
    });
    const isRole = (agent: string) => surroundings.roles.has(agent);
    this.#registry =
      script === null
        ? realDrivers({ ...options, projectRoot: project.root, spawnHost: this.#starter(), isRole })
        : rehearsedDrivers(script, { engine: this.host, clock, made: this.#used.attempts });
    this.#arm = makeLocalArm({
      host: this.host,
      files,
      registry: this.#registry,
      stateFolder,
      projectRoot: project.root,
      slots: options.slots,
      environment: options.environment,
      environmentPass: project.settings.environmentPass,
      limits,
      redacted: parts.redacted,
      isAgent: isRole,
      rehearse: script !== null,
      secretCommand: (argv) => secretFrom(argv, place),
      check: (argv) => checkEffect(argv, place),
      put: (value) => outputs.put(value),
      onProgress: (lease, progress) => this.#show(lease, progress),
      onRefused: () => {},
    });
    this.#teller = new Teller({ clock, synced: () => this.host.synced() });
    this.host.observe((changes) => this.#teller.add(changes));
    this.#ends.push(holdOpen(clock));
    if (script !== null) this.#ends.push(answerRehearsal(this.host, script, this.#used.answers));
    void this.#arm.work();
  }

  /** What opening the journal found worth a word. */
  get notices(): readonly Problem[] {
    return [...this.#store.notices, ...this.host.notices];
  }

  get fault(): Problem | null {
    return this.host.fault;
  }

  /** With what happened, once it is on the disk: people may be told. */
  observe(listener: (changes: readonly Change[]) => void): () => void {
    return this.#teller.listen(listener);
  }

  told(): Promise<void> {
    return this.#teller.told();
  }

  onProgress(listener: (progress: ShownProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  newRunId(): string {
    return ulid(this.#options.clock.wall(), this.#options.random.bytes(10));
  }

  seed(): number {
    return Buffer.from(this.#options.random.bytes(4)).readUInt32LE(0);
  }

  /** What stops this workflow from starting on this machine. */
  async startProblems({ workflow }: { readonly workflow: Workflow }): Promise<readonly Problem[]> {
    await this.#registry.prepare(askedAgents(workflow));
    return this.#startProblems(workflow);
  }

  #starter(): SpawnHost {
    return present(this.#spawnHost, "a run that is no rehearsal starts processes");
  }

  #startProblems(workflow: Workflow): readonly Problem[] {
    const { files, environment, project, rehearsedFile } = this.#options;
    const secrets = { files, environment, projectRoot: project.root };
    return startProblems(workflow, {
      refuses: (asked) => this.#registry.refuses(asked),
      hasSecret: (source) => {
        const value = knownSecret(source, secrets);
        return value === undefined ? null : value !== null;
      },
      isSecretShort: (source) =>
        (knownSecret(source, secrets)?.length ?? SECRET_LENGTH_MIN) < SECRET_LENGTH_MIN,
      pools: new Set([LOCAL_POOL]),
      labels: new Set(),
      called: (call, { workflows }) => {
        const read = readCalled(this.#options, call, workflows);
        return read.ok ? read.value.workflow : null;
      },
      rehearse: rehearsedFile !== null,
    });
  }

  startRun(
    id: string,
    { workflow, definition }: { readonly workflow: Workflow; readonly definition: string },
    started: RunStarted,
  ): Promise<Result<null>> {
    this.#link.remember(workflow);
    return this.host.start(id, definition, started);
  }

  resume(run: string, by: string | null): Result<Run> {
    if (this.#spawnHost === null && this.host.run(run) === null) countUsed(this.#store, run, this.#used);
    return this.host.resume(run, by);
  }

  run(id: string): Run | null {
    return this.host.run(id);
  }

  below(root: string): readonly Run[] {
    return this.host.below(root);
  }

  /** The interrupted runs behind which a run waits. */
  heldUpBy(id: string): readonly string[] {
    return this.host.heldUpBy(id);
  }

  /** Ends running attempts (TERM, then KILL with `now`); they are journalled as interrupted and made again on resume. */
  async interrupt(now: boolean): Promise<void> {
    if (now) this.#spawnHost?.endAll("shutdown", true);
    await this.#arm.interrupt();
    await this.host.flushed();
  }

  async close(): Promise<void> {
    this.#arm.stop();
    const isAllDone = this.#store.openRuns().length === 0;
    await this.host.close();
    if (isAllDone && this.#spawnHost?.running === 0) this.#spawnHost.forgetExits();
    await this.#spawnHost?.close();
    for (const end of this.#ends) end();
    this.#owner.release();
  }

  #show({ assignment }: Lease, progress: Progress): void {
    if (progress.kind !== "output" && progress.kind !== "quiet") return;
    const { run, task, key, attempt } = assignment;
    for (const tell of this.#listeners) tell({ run, task, key, attempt, ...progress });
  }
}

/** Unguessable as a whole and different each: chance is asked once, not for every lease. */
function tokens(random: Random): () => string {
  const secret = Buffer.from(random.bytes(16)).toString("hex");
  let count = 0;
  return () => `${secret}-${++count}`;
}

function spawnHostFor({ stateFolder, umask, bootedHost, quietMs }: LocalEngineOptions): SpawnHost {
  const exitLog = join(stateFolder, "exits.jsonl");
  const pipeFolder = join(stateFolder, "pipes");
  const options = { exitLog, pipeFolder, umask, ...(quietMs !== undefined && { quietMs }) };
  return startSpawnHost(options, undefined, bootedHost ?? undefined);
}
