/** The operations of the contract, carried out by the engine of this process. */

import type { Happening } from "../contract.ts";
import type { DecisionMade } from "../core/event.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { refuse } from "../core/refuse.ts";
import type { Run } from "../core/run.ts";
import { moveAsked } from "../exchange/maintask/asked-move.ts";
import type { Cursors } from "../exchange/maintask/cursors.ts";
import type { Files } from "../port/files.ts";
import { valueProblems } from "../spec/params.ts";
import { Answers, type Said } from "./answers.ts";
import { admitSameUser, type CheckToken, type Handlers, type Service } from "./handlers.ts";
import { retryRun } from "./retry-run.ts";
import { type AgainParts, runAgain } from "./run-again.ts";
import type { ServedEngine } from "./served-engine.ts";
import { startRun } from "./start-run.ts";

export interface ServiceOptions extends AgainParts {
  readonly version: string;
  /** Whose process this is: through the socket comes nobody else. */
  readonly user: string;
  readonly stateFolder: string;
  readonly files: Files;
  /** What keeps MAIN_TASK. */
  readonly cursors: () => Promise<Cursors>;
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Wall time, ms since the epoch. */
  readonly since: number;
}

/** What this engine does when it is asked, and whom it lets ask. */
export function makeService(options: ServiceOptions): Service {
  const { user, wall } = options;
  const checkToken: CheckToken = async (token) => {
    const { checkToken: check, readTokens } = await import("./person-tokens.ts");
    const tokens = readTokens(options);
    return tokens.ok ? check(tokens.value, { token, user, now: wall() }) : tokens;
  };
  return { handlers: makeHandlers(options), admit: admitSameUser(checkToken) };
}

function makeHandlers(options: ServiceOptions): Handlers {
  const { engine, version, durability, since, user } = options;
  const folder = options.files.realPath(options.stateFolder);
  const answers = new Answers({ wall: options.wall, newName: () => engine.newRunId(), folder });
  return {
    "owner.show": async () => {
      const runs = engine.openRuns().filter(({ start }) => start.parent === null);
      const { freeSlots } = engine;
      return good({
        pid: process.pid,
        version,
        since,
        durability,
        freeSlots,
        runs: runs.map((run) => run.id),
      });
    },
    "events.follow": (tell) => follow(engine, tell),
    "runs.start": (input) => startRun(options, input, user),
    "runs.resume": async ({ run }) => {
      const taken = takeUp(engine, run, user);
      // An event that was kept for it may have ended it as it was taken up.
      if (!taken.ok) return engine.run(run) === null ? taken : named(run, await engine.host.synced());
      if (taken.value.status !== "paused") return good({ run });
      return named(run, await engine.host.apply(run, null, { type: "run.resumed", by: user }));
    },
    "runs.pause": async ({ run }) => {
      const taken = takeUp(engine, run, null);
      if (!taken.ok) return taken;
      return named(run, await engine.host.apply(run, null, { type: "run.paused", by: user }));
    },
    "runs.cancel": async ({ run, reason, now }) => {
      const taken = takeUp(engine, run, null);
      if (!taken.ok) return taken;
      const cancelled = await engine.host.apply(run, null, { type: "run.cancelled", by: user, reason });
      if (cancelled.ok && now) engine.kill(run);
      return named(run, cancelled);
    },
    "runs.retry": (input) => retryRun(engine, input, user),
    "runs.again": (input) => runAgain(options, input, user),
    "events.send": async ({ id, ...event }) => {
      const problems = valueProblems("data", event.data, options.limits);
      return problems.length > 0 ? bad(...problems) : engine.host.send(id, event);
    },
    "main-task.move": async (input) => moveAsked(await options.cursors(), options.root, input),
    "decisions.prepare": async (said) => good({ answer: answers.prepare(said) }),
    "decisions.make": async ({ answer }, { pid, via }) => {
      const said = answers.take(answer, pid);
      return said.ok ? decide(engine, answer, said.value, { by: user, via }) : said;
    },
  };
}

async function decide(
  engine: ServedEngine,
  name: string,
  { run, root, phrase, to, ...answer }: Said,
  { by, via }: Pick<DecisionMade, "by" | "via">,
): Promise<Result<{ run: string; via: string }>> {
  const made: DecisionMade = {
    type: "decision.made",
    ...answer,
    by,
    via,
    ...(phrase !== null && { phrase }),
    ...(to !== null && { to }),
  };
  // An answer that does not count starts nothing again.
  const known = engine.host.loaded(run);
  if (!known.ok) return known;
  const refused = refuse(known.value, made);
  if (refused !== null)
    return bad(refused.code === "E_CLOSED" ? { ...refused, code: "E_RUN_CLOSED" } : refused);
  const taken = takeUp(engine, root, by);
  if (!taken.ok) return taken;
  const applied = await engine.host.apply(run, `${answer.decision}/${name}`, made);
  return applied.ok ? good({ run, via }) : applied;
}

/** What is asked of a run in the same turn is decided before anything of it starts. */
function takeUp(engine: ServedEngine, run: string, by: string | null): Result<Run> {
  const taken = engine.resume(run, by);
  if (!taken.ok || taken.value.phase !== "closed") return taken;
  return bad({ code: "E_RUN_CLOSED", message: `run ${run} has ended: ${taken.value.status}` });
}

function named(run: string, result: Result<null>): Result<{ run: string }> {
  return result.ok ? good({ run }) : result;
}

/** Of all entries that came at once, each run's newest one. */
function follow(engine: ServedEngine, tell: (item: Happening) => void): () => void {
  const stops = [
    engine.observe((changes) => {
      const newest = new Map(changes.map(({ after }) => [after.id, after]));
      for (const { id, sequence, start } of newest.values())
        tell({ kind: "entries", run: id, root: start.parent?.root ?? id, sequence });
    }),
    engine.onProgress((progress) => tell({ kind: "progress", progress })),
  ];
  return () => stops.forEach((stop) => void stop());
}
