/**
 * What a task asks of the cache, and gives to it (formats.md 1.4, 1.9). One question a task: of a mapped one about all
 * its items together, before the first begins. What was decided a success is kept, nothing before.
 */

import type { CacheScope } from "./cache-scope.ts";
import type { Draft } from "./draft.ts";
import type { Item } from "./event.ts";
import { type Given, readGiven } from "./given.ts";
import type { Json, JsonMap } from "./json.ts";
import { lateTexts } from "./late.ts";
import type { Unit } from "./run.ts";
import { type LocalNames, namesOfItem, type Read, readTemplate, scopeOf } from "./scope.ts";
import type { Task } from "./workflow.ts";

const NOT_ASKED = { ok: true, value: null } as const;

/** Names of the first iteration: what is asked before it is what is kept after the last. */
const FIRST: LocalNames = { iteration: 1, previous: null };

/** `items` of a mapped task. null: it has no cache, or what its work would be cannot be read. */
export function cacheOf(draft: Draft, task: Task, items: readonly Item[] | null): Read<CacheScope | null> {
  const { cache } = task;
  if (cache === null || draft.state.start.rehearse) return NOT_ASKED;
  const names = task.repeat === null ? {} : FIRST;
  const scope = scopeOf(draft, { task, item: -1 }, names);
  const files = lateTexts(cache.files, scope, "cache.files");
  if (!files.ok) return files;
  const key = cache.key === null ? NOT_ASKED : readTemplate(cache.key, scope, "cache.key");
  if (!key.ok) return key;
  const given = givenTo(draft, task, items, names);
  if (given === null) return NOT_ASKED;
  const all = { ...definitionOf(draft, task), key: key.value, items: items as unknown as Json, given };
  return { ok: true, value: { scope: all, files: files.value, paths: cache.paths } };
}

/** What everybody who does the task is given, in order; null when some of it cannot be read: that fails where it is done. */
function givenTo(draft: Draft, task: Task, items: readonly Item[] | null, names: LocalNames): Json {
  const all: Given[] = [];
  for (const [index, item] of (items ?? [null]).entries()) {
    const { map } = task;
    const ofItem = item === null || map === null ? {} : namesOfItem(map, item.key, item.value, index);
    const given = readGiven(task, scopeOf(draft, { task, item: -1 }, { ...names, ...ofItem }));
    if (!given.ok) return null;
    all.push(given.value);
  }
  return all as unknown as Json;
}

/** What is written of it that makes its outputs, or says which of them are good enough. */
function definitionOf(draft: Draft, task: Task): JsonMap {
  const { repeat } = task;
  const { feedback } = draft.task(task.index);
  return {
    task: task.id,
    agent: task.agent,
    agentRole: agentOf(draft, task),
    outputSchema: task.outputSchema,
    expects: [...task.expectedOutputs, ...task.criteria.map(({ source }) => source)],
    until: repeat === null || typeof repeat.until === "boolean" ? null : repeat.until.source,
    feedback,
  };
}

/** A role's or a worker's description; null: it is built in. */
function agentOf({ workflow }: Draft, { agent }: Task): Json {
  return (workflow.roles.get(agent) ?? workflow.workers.get(agent) ?? null) as unknown as Json;
}

/** Kept for others. What a fallback gave, or only a check or a person called done, is not the work of this task. */
export function keep(draft: Draft, task: Task, units: readonly Unit[]): void {
  const { items, cached } = draft.task(task.index);
  if (task.cache === null || cached || units.length === 0 || !units.every(isOwnSuccess)) return;
  const cache = cacheOf(draft, task, items === null ? null : items.list);
  if (!cache.ok || cache.value === null) return;
  const outputs = units.map(({ output }) => output);
  draft.effect({ do: "keep", task: task.id, cache: cache.value, outputs });
}

function isOwnSuccess({ status, role, exitCode }: Unit): boolean {
  return status === "success" && role === "task" && exitCode !== null;
}
