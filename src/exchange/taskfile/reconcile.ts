/**
 * Where a task file belongs, decided from the journal and the folders alone. The journal is the truth and the folders
 * are a view of it; what lies elsewhere is either what a crash left half done or what somebody asks for. Pure: the same
 * picture gives the same steps, each step may be the last one before a crash, and looking again goes on from there.
 *
 * | the run | the file lies in | then |
 * |---|---|---|
 * | none | pending | it is started |
 * | none | in-progress | back to pending: nobody works on it |
 * | none | completed, failed | it stays: it was refused, or the journal is new |
 * | open | in-progress | it stays; an edit changes nothing of the run |
 * | open | pending | to in-progress: the start had come no further, or somebody wants it back, which is refused |
 * | open | completed, failed | back to in-progress: only decapod ends a task; after `decapod retry` without a word |
 * | open | nowhere | it is written again, as it was when it began |
 * | ended, not settled | in-progress | the result is written, then it moves |
 * | ended, not settled | pending | to in-progress first: it is no wish to do it again |
 * | ended, not settled | where it belongs, nowhere | the result is written |
 * | ended, settled | in-progress | it moves |
 * | ended, settled | pending | it is done again |
 * | ended, settled | completed, failed | where it does not belong, it moves to the other |
 *
 * Settled means that the result of this very end is written, which is noted beside the run and never in the folders:
 * an agent can write a result, but it cannot make a task ended by it.
 */
import type { Folder } from "./task-folders.ts";

export interface FolderView {
  /** Where a file of this name lies; more than one place after a move that was cut short, or a new wish. */
  readonly places: ReadonlySet<Folder>;
  /** Of these, where its bytes are not those that the run was started with. */
  readonly changed: ReadonlySet<Folder>;
}

export interface RunView {
  readonly state: "open" | "success" | "failed";
  readonly isSettled: boolean;
  /** It had ended and been settled before, and was taken up again. */
  readonly wasSettled: boolean;
}

export type Step =
  | { readonly do: "start" }
  | { readonly do: "move"; readonly from: Folder; readonly to: Folder }
  /** A second copy with the same bytes. */
  | { readonly do: "drop"; readonly from: Folder }
  /** The text as the journal has it. */
  | { readonly do: "restore"; readonly to: Folder }
  | { readonly do: "settle" }
  | {
      readonly do: "tell";
      readonly about: "moved" | "edited" | "wanted_back" | "gone" | "left_over" | "second";
    };

const RUNNING: Folder = "in-progress";

export function reconcile(view: FolderView, run: RunView | null): readonly Step[] {
  if (run === null) return withoutRun(view);
  return run.state === "open" ? whileOpen(view, run) : afterwards(view, run);
}

function withoutRun({ places }: FolderView): readonly Step[] {
  if (places.has("pending")) return [{ do: "start" }];
  if (!places.has(RUNNING)) return [];
  return [{ do: "tell", about: "left_over" }, { do: "move", from: RUNNING, to: "pending" }, { do: "start" }];
}

function whileOpen(view: FolderView, run: RunView): readonly Step[] {
  const { places, changed } = view;
  if (places.has(RUNNING)) {
    return [
      ...(changed.has(RUNNING) ? [{ do: "tell", about: "edited" } as const] : []),
      ...second(view),
      ...(places.has("completed") && !changed.has("completed") ? [drop("completed")] : []),
      ...(places.has("failed") && !changed.has("failed") ? [drop("failed")] : []),
    ];
  }
  if (places.has("pending"))
    return [
      { do: "tell", about: "wanted_back" },
      { do: "move", from: "pending", to: RUNNING },
    ];
  const ended = (["completed", "failed"] as const).find((folder) => places.has(folder));
  if (ended === undefined)
    return [
      { do: "tell", about: "gone" },
      { do: "restore", to: RUNNING },
    ];
  return [
    ...(run.wasSettled ? [] : [{ do: "tell", about: "moved" } as const]),
    { do: "move", from: ended, to: RUNNING },
  ];
}

function afterwards(view: FolderView, { state, isSettled }: RunView): readonly Step[] {
  const { places } = view;
  const home: Folder = state === "success" ? "completed" : "failed";
  const other: Folder = state === "success" ? "failed" : "completed";
  if (places.has(RUNNING))
    return [
      { do: "settle" },
      ...second(view),
      { do: "move", from: RUNNING, to: home },
      ...dropIf(view, other),
    ];
  if (!isSettled && places.has("pending") && !places.has(home))
    return [
      { do: "move", from: "pending", to: RUNNING },
      { do: "settle" },
      { do: "move", from: RUNNING, to: home },
    ];
  if (!isSettled) {
    const isThere = places.has(home) || places.has(other);
    return [
      { do: "settle" },
      ...(isThere ? [] : [{ do: "restore", to: home } as const]),
      ...misplaced(view, home, other),
    ];
  }
  if (places.has("pending")) return [{ do: "start" }];
  return misplaced(view, home, other);
}

/** A person's move between the two says nothing about what came of the run. */
function misplaced({ places }: FolderView, home: Folder, other: Folder): readonly Step[] {
  if (!places.has(other)) return [];
  if (places.has(home)) return [];
  return [
    { do: "tell", about: "moved" },
    { do: "move", from: other, to: home },
  ];
}

/**
 * In pending beside the one that is being done: a move cut short, or a new text under an old name. Where it is the one
 * that was begun and the other is not, that one gives way: what was begun is never dropped for another text.
 */
function second({ places, changed }: FolderView): readonly Step[] {
  if (!places.has("pending")) return [];
  if (changed.has("pending")) return [{ do: "tell", about: "second" }];
  return changed.has(RUNNING) ? [{ do: "move", from: "pending", to: RUNNING }] : [drop("pending")];
}

function dropIf({ places, changed }: FolderView, folder: Folder): readonly Step[] {
  return places.has(folder) && !changed.has(folder) ? [drop(folder)] : [];
}

function drop(from: Folder): Step {
  return { do: "drop", from };
}
