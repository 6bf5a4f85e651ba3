/** What attempts used up, from the journal: who used it, when and in which run. Rehearsals use nothing. */
import type { Entry } from "../core/event.ts";
import type { Usage } from "../core/outcome.ts";
import type { Workflow } from "../core/workflow.ts";
import type { RunRow } from "./host.ts";
import { type RunsSource, runPages, runsBelow } from "./runs-below.ts";

export interface SpendingSource extends RunsSource {
  entries(run: string): readonly Entry[];
  workflow(run: string): Workflow | null;
}

/** One attempt that told what it used. */
export interface Spent extends Usage {
  /** Wall time at which it ended. */
  readonly at: number;
  /** The run that people know; the attempt may be of one inside it. */
  readonly root: string;
  readonly workflow: string;
  readonly task: string;
  readonly agent: string;
}

/** Sums of a group; an attempt that told no cost, or no tokens, is counted and never taken for 0. */
export interface Spending {
  readonly key: string;
  readonly attempts: number;
  readonly costUsd: number;
  readonly costUnknown: number;
  readonly tokens: number;
  readonly tokensUnknown: number;
}

/** A run goes on for at most so long before its end is looked for in vain. */
const RUN_LASTS_MS = 30 * 86_400_000;

/** After `since`, in a run and everything inside it; null: in all runs. */
export function spentIn(
  source: SpendingSource,
  { root, since }: { readonly root: string | null; readonly since: number },
): readonly Spent[] {
  const roots =
    root === null ? [...runPages(source, { since: since - RUN_LASTS_MS })].map(({ run }) => run) : [root];
  return roots
    .flatMap((run) => [...runsBelow(source, run)])
    .filter(({ endedAt }) => endedAt === null || endedAt >= since)
    .flatMap((row) => spentBy(source, row))
    .filter(({ at }) => at >= since);
}

function spentBy(
  source: SpendingSource,
  { run, root, workflow, rehearse, costUsd, tokens }: RunRow,
): Spent[] {
  if (rehearse) return [];
  const found = source.workflow(run);
  const agents = new Map(found?.tasks.map((task) => [task.id, task.agent]));
  const hasRoles = [...agents.values()].some((agent) => found?.roles.has(agent));
  // Nothing in it told a use and no agent kept silent, so its entries need not be read.
  if (!hasRoles && costUsd === null && tokens === null) return [];
  return source.entries(run).flatMap(({ at, event }): Spent[] => {
    if (event.type !== "attempt.ended") return [];
    const { task, outcome } = event;
    const agent = agents.get(task) ?? "";
    const isSilent = outcome.usage === null && found?.roles.has(agent) === true && outcome.durationMs > 0;
    const usage = outcome.usage ?? (isSilent ? { costUsd: null, tokens: null } : null);
    return usage === null ? [] : [{ ...usage, at, root, workflow, task, agent }];
  });
}

export function sumBy(spent: readonly Spent[], keyOf: (one: Spent) => string): readonly Spending[] {
  const groups = new Map<string, Spent[]>();
  for (const one of spent) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups].map(([key, group]) => total(key, group));
}

export function total(key: string, group: readonly Spent[]): Spending {
  const known = (of: "costUsd" | "tokens") => group.flatMap((one) => one[of] ?? []);
  const add = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const [costs, tokens] = [known("costUsd"), known("tokens")];
  return {
    key,
    attempts: group.length,
    costUsd: add(costs),
    costUnknown: group.length - costs.length,
    tokens: add(tokens),
    tokensUnknown: group.length - tokens.length,
  };
}
