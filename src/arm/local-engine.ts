/** One project's engine on this machine: owner, journal, host, spawn host and arm, opened and closed together. */
import { join } from "node:path";
import type { RunStarted } from "../core/event.ts";
import { ulid } from "../core/id.ts";
import { good, type Problem, type Result } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Progress } from "../driver/driver.ts";
import type { Registry } from "../driver/registry.ts";
import { Engine } from "../host/embedded/engine.ts";
import { Upkeep } from "../host/embedded/keeping/upkeep.ts";
import { type RememberingLink, rememberingLink } from "../host/embedded/load.ts";
import { openJournal } from "../host/embedded/open-journal.ts";
import { becomeOwner } from "../host/embedded/owner.ts";
import { childSources } from "../host/embedded/sources.ts";
import type { Store } from "../host/embedded/store.ts";
import { Teller } from "../host/embedded/teller.ts";
import type { Lease } from "../host/host.ts";
import { holdOpen } from "../port/process.ts";
import { askedAgents } from "../spec/startable.ts";
import { bodyAt, linkDefinition } from "../spec/workflow-file.ts";
import { attemptName } from "../work/folder.ts";
import { lateCache } from "../work/late-cache.ts";
import { Outputs } from "../work/outputs.ts";
import { redactions } from "../work/redactions.ts";
import type { Arm } from "./arm.ts";
import { armHere } from "./arm-here.ts";
import { localDrivers } from "./drivers.ts";
import { lateDayBudget } from "./late-day-budget.ts";
import { LateMeasurer } from "./late-measure.ts";
import { LateRehearsals } from "./late-rehearsals.ts";
import { LateSpawnHost } from "./late-spawn-host.ts";
import { type LateWorkspaces, workspacesHere } from "./late-workspaces.ts";
import { LOCAL_POOL } from "./local.ts";
import type {
  EngineDoor,
  EngineParts,
  LocalEngineOptions,
  ShownProgress,
  StartedFile,
} from "./local-engine-options.ts";
import { missingHere } from "./missing-here.ts";
import { notedStart } from "./noted-start.ts";
import { slotsHere } from "./slots.ts";
import { tokens } from "./tokens.ts";

export async function openLocalEngine(options: LocalEngineOptions): Promise<Result<LocalEngine>> {
  const { stateFolder, files, clock, random, durability, backups } = options;
  const redacted = redactions(options.project.settings.redact, options.environment);
  if (!redacted.ok) return redacted;
  const owner = becomeOwner(stateFolder);
  if (!owner.ok) return owner;
  const journal = openJournal({ folder: stateFolder, durability, files, clock, random, backups });
  const { slots, notices } = slotsHere(options.slots);
  const parts = { redacted: redacted.value, owner: owner.value, notices };
  if (journal.ok) return good(new LocalEngine({ ...options, slots }, { ...parts, store: journal.value }));
  owner.value.release();
  return journal;
}

export class LocalEngine {
  readonly isHere = true;
  readonly isOrphaned = false;
  readonly host: Engine;
  readonly #options: LocalEngineOptions;
  readonly #parts: EngineParts;
  readonly #registry: Registry;
  readonly #rehearsals: LateRehearsals;
  readonly #link: RememberingLink;
  readonly #spawnHost: LateSpawnHost;
  readonly #workspaces: LateWorkspaces;
  readonly #arm: Arm;
  readonly #teller: Teller;
  readonly #upkeep: Upkeep;
  readonly #listeners = new Set<(progress: ShownProgress) => void>();
  readonly #ends: (() => void)[] = [];
  #door: EngineDoor | null = null;

  constructor(options: LocalEngineOptions, parts: EngineParts) {
    const { files, clock, random, stateFolder, project, surroundings } = options;
    this.#options = options;
    this.#parts = parts;
    this.#spawnHost = new LateSpawnHost(hostPlaces(options), options.bootedHost);
    const outputs = new Outputs(files, stateFolder);
    const measurer = new LateMeasurer(options, parts.store, () => this.#workspaces);
    const cache = lateCache(files, stateFolder, project.root, project.settings.limits);
    this.#link = rememberingLink((text) => linkDefinition(text, surroundings), bodyAt);
    this.host = new Engine({
      store: parts.store,
      clock,
      lookup: outputs,
      measure: measurer.before,
      merge: (asked) => this.#workspaces.merge(asked),
      put: (value) => outputs.put(value),
      lives: (run, attempt, key) => this.#spawnHost.lives(attemptName(run, attempt, key)),
      cache,
      hasArm: ({ pool, labels }) => pool === LOCAL_POOL && labels.length === 0,
      token: tokens(random),
      link: this.#link,
      sources: childSources({
        ...options,
        lookup: outputs,
        startProblems: ({ workflow }, rehearse) =>
          rehearse ? [] : missingHere(workflow, options, this.#registry),
      }),
    });
    this.#registry = localDrivers({
      ...options,
      starter: this.#spawnHost,
      mainTask: options.mainTask(parts.store),
      isRole: (agent) => surroundings.roles.has(agent),
      errors: project.settings.errors,
      day: lateDayBudget(options, parts.store, this.#link),
    });
    const played = { projectRoot: project.root, engine: this.host, store: parts.store };
    this.#rehearsals = new LateRehearsals({ ...options, ...played });
    this.#workspaces = workspacesHere(options, this.host, outputs);
    this.#arm = armHere(options, {
      host: this.host,
      registry: this.#registry,
      rehearsals: this.#rehearsals,
      redacted: parts.redacted,
      workspaces: this.#workspaces,
      measurer,
      outputs,
      cache,
      onProgress: (lease, progress) => this.#show(lease, progress),
    });
    this.#teller = new Teller({ clock, synced: this.#workspaces.before(() => this.host.synced()) });
    this.host.observe((changes) => this.#teller.add(changes));
    this.#upkeep = new Upkeep({ ...options, journal: parts.store }, this.host);
    this.#ends.push(holdOpen(clock), () => this.#rehearsals.close());
    void this.#arm.work();
  }

  get settings(): Pick<LocalEngineOptions, "slots" | "durability"> {
    return this.#options;
  }

  get freeSlots(): number {
    return this.#arm.freeSlots;
  }

  /** What opening the journal found worth a word, and closing it. */
  get notices(): readonly Problem[] {
    const all = [this.#parts.store, this.#parts, this.host, this.#upkeep, this.#workspaces];
    return all.flatMap(({ notices }) => notices);
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
  async startProblems(
    { workflow }: { readonly workflow: Workflow },
    rehearse: boolean,
  ): Promise<readonly Problem[]> {
    if (rehearse) return [];
    await this.#registry.prepare(askedAgents(workflow));
    return missingHere(workflow, this.#options, this.#registry);
  }

  async startRun(
    id: string,
    { workflow, definition, file }: StartedFile,
    started: RunStarted,
  ): Promise<Result<null>> {
    const ready = started.rehearse ? this.#rehearsals.begin(id, file, definition) : good(null);
    if (!ready.ok) return ready;
    this.#link.remember(workflow);
    return this.host.start(id, definition, notedStart(started, this.#options, workflow, this.#parts.store));
  }

  resume(run: string, by: string | null): Result<Run> {
    const row = this.host.run(run) === null ? this.#parts.store.run(run) : null;
    const ready = row?.rehearse === true ? this.#rehearsals.resume(run, row.workflow) : good(null);
    return ready.ok ? this.host.resume(run, by) : ready;
  }

  run(id: string): Run | null {
    return this.host.run(id);
  }

  below(root: string): readonly Run[] {
    return this.openRuns().filter(({ start }) => start.parent?.root === root);
  }

  /** The interrupted runs behind which a run waits. */
  heldUpBy(id: string): readonly string[] {
    return this.host.heldUpBy(id);
  }

  /** Of the runs at the top, those in which something goes on by itself. */
  active(): readonly string[] {
    return this.host.active();
  }

  knows(id: string): boolean {
    return this.host.run(id) !== null || this.#parts.store.run(id) !== null;
  }

  /** What the journal holds, for who starts a run behind an earlier one. */
  get earlier(): Pick<Store, "runs" | "tasks" | "definition"> {
    return this.#parts.store;
  }

  openRuns(): readonly Run[] {
    return this.host.openRuns();
  }

  announce(socket: string): void {
    this.#parts.owner.announce(socket);
  }

  /** Through which other processes come; closed before anything else. */
  attach(door: EngineDoor): void {
    this.#door = door;
  }

  /** How many other processes see what happens here. */
  get followers(): number {
    return this.#door?.followers ?? 0;
  }

  kill(run: string): void {
    this.#spawnHost.kill("cancelled", this.#familyOf([run]));
  }

  #familyOf(runs: readonly string[]): readonly string[] {
    const isOf = (run: Run | null): boolean =>
      run !== null && (runs.includes(run.id) || isOf(this.host.run(run.start.parent?.run ?? "")));
    return this.openRuns().flatMap((run) => (isOf(run) ? run.id : []));
  }

  /**
   * Ends running attempts of these runs (TERM, then KILL with `now`); they are journalled as interrupted and made again
   * on resume. Runs of others go on.
   */
  async interrupt(now: boolean, runs: readonly string[]): Promise<void> {
    this.host.room.hurry();
    const family = this.#familyOf(runs);
    if (now) this.#spawnHost.kill("shutdown", family);
    if (family.length === this.openRuns().length) await this.#arm.interrupt();
    else {
      this.host.hold(family);
      await this.#arm.interruptOf(({ assignment }) => family.includes(assignment.run));
    }
    await this.host.flushed();
  }

  /** `handsOver`: another process goes on with what is open here. */
  async close(handsOver = false): Promise<void> {
    await this.#door?.close(handsOver);
    this.#arm.stop();
    const isAllDone = this.#parts.store.openRuns().length === 0;
    await this.host.close();
    await this.#workspaces.end();
    await this.#upkeep.end();
    await this.#spawnHost.close(isAllDone);
    for (const end of this.#ends) end();
    this.#parts.owner.release();
    // Whoever comes next need not wait for what is far away.
    await this.#workspaces.pushing.end();
  }

  #show({ assignment }: Lease, progress: Progress): void {
    if (progress.kind !== "output" && progress.kind !== "quiet") return;
    const { run, task, key, attempt } = assignment;
    for (const tell of this.#listeners) tell({ run, task, key, attempt, ...progress });
  }
}

function hostPlaces({ stateFolder, umask, quietMs }: LocalEngineOptions) {
  const places = { exitLog: join(stateFolder, "exits.jsonl"), pipeFolder: join(stateFolder, "pipes") };
  return { ...places, umask, ...(quietMs !== undefined && { quietMs }) };
}
