/** Collects the tasks of a file level by level: ids, uniqueness, dependencies, bodies of groups. */
import { isMap, type Json, type JsonMap, RESERVED_KEYS } from "../core/json.ts";
import { beyond, LIMITS, most } from "../core/limits.ts";
import type { HookName } from "../core/workflow.ts";
import type { Level, RawTask, Root } from "./level.ts";
import { reportCycles } from "./link-graph.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./source.ts";
import { RESERVED_WORDS } from "./words.ts";

export const HOOK_NAMES: readonly HookName[] = ["on_start", "on_success", "on_failure", "on_complete"];

/** Where a level's tasks and hooks are written: the file itself, or a group's parameters. */
export interface Written {
  readonly map: JsonMap;
  readonly path: Path;
  readonly parent: Level | null;
  readonly host: number;
  readonly names: readonly string[];
}

export function makeLevel(root: Root, written: Written): Level {
  const { map, path, parent, host, names } = written;
  const raws = rawTasks(root, map.tasks, [...path, "tasks"], null);
  const size = raws.length;
  const hooks = isMap(map.hooks) ? map.hooks : {};
  for (const hook of HOOK_NAMES) raws.push(...rawTasks(root, hooks[hook], [...path, "hooks", hook], hook));
  const ids = new Map<string, number>();
  raws.forEach((raw, index) => {
    const id = String(raw.value.id);
    if (!ids.has(id)) ids.set(id, index);
    claimId(root, id, raw.path, names);
  });
  const broken = new Set<number>();
  const dependencies = raws.map((raw, index) =>
    dependenciesOf(root, ids, { raw, index, raws, size, broken }),
  );
  const level: Level = {
    root,
    parent,
    host,
    names,
    raws,
    size,
    ids,
    dependencies,
    broken,
    bodies: new Map(),
    uses: [],
    outerNames: [],
  };
  reportCycles(level);
  addBodies(level);
  return level;
}

function rawTasks(root: Root, list: Json | undefined, path: Path, hook: HookName | null): RawTask[] {
  if (!Array.isArray(list)) return [];
  const hasDefaults = Object.keys(root.defaults).length > 0;
  return list.map((one, index) => {
    const written = one as JsonMap;
    const value = hasDefaults ? withDefaults(written, root.defaults, hook) : written;
    return { value, written, path: [...path, index], hook };
  });
}

/** What no hook has is not given to hooks; an approval task asks by itself. */
const NOT_FOR_HOOKS: ReadonlySet<string> = new Set(["approval", "foreach", "matrix", "repeat"]);

/** Fields the task lacks come from `defaults`; maps are taken or left as a whole. */
function withDefaults(task: JsonMap, defaults: JsonMap, hook: HookName | null): JsonMap {
  const isMapped = task.foreach !== undefined || task.matrix !== undefined;
  const fitting = Object.entries(defaults).filter(([key]) => {
    if (hook !== null && NOT_FOR_HOOKS.has(key)) return false;
    if (key === "approval") return task.agent !== "approval";
    return !(isMapped && (key === "foreach" || key === "matrix"));
  });
  return { ...Object.fromEntries(fitting), ...task };
}

/** Ids are unique over the whole file, also against ids that differ only in case: they name folders. */
function claimId(root: Root, id: string, path: Path, names: readonly string[]): void {
  const { findings, places } = root;
  if (RESERVED_WORDS.has(id) || RESERVED_KEYS.has(id)) {
    const message = `"${id}" is a word of the language and cannot be a task`;
    findings.add("E_RESERVED_NAME", { path: [...path, "id"] }, { message, hint: "take another id" });
  }
  if (root.params.has(id) || root.variables.has(id)) {
    const what = root.params.has(id) ? "param" : "variable";
    const message = `"${id}" is a task and a ${what}`;
    findings.add("E_DUPLICATE_ID", { path: [...path, "id"] }, { message, hint: "rename one of the two" });
  }
  const folded = id.toLowerCase();
  const earlier = places.get(folded);
  if (earlier === undefined) {
    places.set(folded, { id, path, names });
    return;
  }
  root.duplicates.add(id);
  const line = findings.line([...earlier.path, "id"]);
  const where = line > 0 ? ` (line ${line})` : "";
  const message =
    earlier.id === id
      ? `there are two tasks "${id}"${where}`
      : `"${id}" and "${earlier.id}"${where} differ only in case`;
  findings.add(
    "E_DUPLICATE_ID",
    { path: [...path, "id"] },
    { message, hint: "ids are unique over the whole file" },
  );
}

interface Asking {
  readonly raw: RawTask;
  readonly index: number;
  readonly raws: readonly RawTask[];
  readonly size: number;
  readonly broken: Set<number>;
}

function dependenciesOf(
  root: Root,
  ids: ReadonlyMap<string, number>,
  { raw, index, raws, size, broken }: Asking,
): readonly number[] {
  if (root.findings.wasTakenOut([...raw.path, "dependencies"])) broken.add(index);
  const written = raw.value.dependencies;
  if (!Array.isArray(written) || written.length === 0) return [];
  if (raw.hook !== null) {
    const message = "a hook has no dependencies: hooks run one after another, in the order of their list";
    root.findings.add(
      "E_FIELD_CONTEXT",
      { path: [...raw.path, "dependencies"], part: "key" },
      { message, hint: "remove it" },
    );
    return [];
  }
  const found: number[] = [];
  written.forEach((name, position) => {
    const path = [...raw.path, "dependencies", position];
    const target = ids.get(String(name));
    if (target === undefined || target >= size) {
      broken.add(index);
      unknownTask(root, String(name), path, { ids, raws, target });
    } else if (target === index) {
      root.findings.add(
        "E_CYCLE",
        { path },
        { message: `${String(name)} → ${String(name)}${lineOf(root, raw.path)}`, hint: "remove it" },
      );
    } else if (!found.includes(target)) found.push(target);
  });
  return found;
}

interface Known {
  readonly ids: ReadonlyMap<string, number>;
  readonly raws: readonly RawTask[];
  readonly target: number | undefined;
}

function unknownTask(root: Root, name: string, path: Path, { ids, raws, target }: Known): void {
  if (target !== undefined) {
    root.findings.add(
      "E_UNKNOWN_TASK",
      { path },
      { message: `task "${name}" is a hook, and no task can wait for a hook` },
    );
    return;
  }
  const near = nearest(name, ids.keys());
  const nearPath = near === undefined ? undefined : raws[ids.get(near) ?? -1]?.path;
  const hint = near === undefined || nearPath === undefined ? undefined : `${near}${lineOf(root, nearPath)}`;
  root.findings.add("E_UNKNOWN_TASK", { path }, { message: `task "${name}" does not exist`, hint });
}

function lineOf(root: Root, path: Path): string {
  const line = root.findings.line([...path, "id"]);
  return line > 0 ? ` (line ${line})` : "";
}

function addBodies(level: Level): void {
  const { root, raws, names } = level;
  raws.forEach(({ value, path }, host) => {
    if (value.agent !== "group" || !isMap(value.parameters)) return;
    const { limits } = root.findings;
    if (names.length >= most(LIMITS.groupDepth, limits)) {
      const message = beyond(LIMITS.groupDepth, limits);
      root.findings.add("E_DEPTH", { path: [...path, "parameters"] }, { message });
      return;
    }
    const written = {
      map: value.parameters,
      path: [...path, "parameters"],
      parent: level,
      host,
      names: [...names, String(value.id)],
    };
    level.bodies.set(host, makeLevel(root, written));
  });
}
