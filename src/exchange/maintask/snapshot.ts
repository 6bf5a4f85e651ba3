/** What there is of a stream's work at one moment: compared before and after an invocation, it says what was got done. */
import type { Json, JsonMap } from "../../core/json.ts";
import { isMap } from "../../core/json.ts";
import { sha256 } from "../../port/hash.ts";
import { isLoopState, type LoopState } from "./loop-task.ts";

export interface Snapshot {
  /** Of MAIN_TASK. */
  readonly revision: number;
  readonly tasks: Readonly<Record<string, LoopState>>;
  /** Task → what its folder holds, as a short digest in which numbers do not count. */
  readonly files: Readonly<Record<string, string>>;
  /** The commit that is checked out; null: none, or no repository. */
  readonly commit: string | null;
}

/** Each by itself: what goes to and fro is seen as such whatever changes beside it. */
export function marksOf({ tasks, files }: Snapshot): readonly string[] {
  return [markOf("tasks", sorted(begun(tasks))), markOf("files", sorted(files))];
}

/** A task that was only made is a plan: whoever makes one after another gets nothing done. */
function begun(tasks: Snapshot["tasks"]): Snapshot["tasks"] {
  return Object.fromEntries(Object.entries(tasks).filter(([, state]) => state !== "pending"));
}

/** Short: hundreds of them are handed on from one invocation to the next. */
export function markOf(kind: string, value: unknown): string {
  return sha256(JSON.stringify([kind, value])).slice(0, 16);
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** As it comes back from a task's parameters; whatever is not in it is as if nothing had been there. */
export function snapshotFrom(value: Json | undefined): Snapshot {
  const map: JsonMap = isMap(value) ? value : {};
  const texts = (name: string) =>
    Object.entries(isMap(map[name]) ? (map[name] as JsonMap) : {}).flatMap(([key, text]) =>
      typeof text === "string" ? [[key, text] as const] : [],
    );
  const tasks = texts("tasks").flatMap(([name, state]) =>
    isLoopState(state) ? [[name, state] as const] : [],
  );
  return {
    revision: Number(map.revision ?? 0),
    tasks: Object.fromEntries(tasks),
    files: Object.fromEntries(texts("files")),
    commit: typeof map.commit === "string" ? map.commit : null,
  };
}
