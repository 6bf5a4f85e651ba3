/** How the tasks that others wait for stand: by the journal, and by the folders where it is silent. */
import type { Problem } from "../../core/problem.ts";
import type { Standing } from "./pending.ts";
import type { TaskFolders } from "./task-folders.ts";
import { keyOfId } from "./task-id.ts";
import { lastRunOf, type RunsById, stateOf } from "./task-run.ts";

export function standingOf(runs: RunsById | null, folders: TaskFolders, id: string): Standing {
  const row = runs === null ? null : lastRunOf(runs, id).row;
  const state = row === null ? null : stateOf(row.status);
  if (state === "open" || state === "success") return state;
  // Of one that failed: it is to be done again.
  if (folders.has("pending", id) || folders.has("in-progress", id)) return "pending";
  if (state === "failed") return state;
  if (folders.has("completed", id)) return "success";
  return folders.has("failed", id) ? "failed" : "unknown";
}

/** How tasks stand that others wait for, each asked about once: thousands may wait while a few are begun. */
export class Standings {
  readonly #ask: (id: string) => Standing;
  readonly #known = new Map<string, Standing>();

  constructor(ask: (id: string) => Standing) {
    this.#ask = ask;
  }

  of(id: string): Standing {
    const key = keyOfId(id);
    const known = this.#known.get(key) ?? this.#ask(id);
    this.#known.set(key, known);
    return known;
  }

  /** Of its run or of where its file lies. */
  changed(id: string): void {
    this.#known.delete(keyOfId(id));
  }

  forget(): void {
    this.#known.clear();
  }
}

/** Tells what a task waits for in vain. */
export class Waits {
  readonly #standing: (id: string) => Standing;
  /** Tasks that nobody knew, and at which look at everything that was. */
  readonly #unknown = new Map<string, number>();

  constructor(standing: (id: string) => Standing) {
    this.#standing = standing;
  }

  /** `look`: how many times everything was looked at. What nobody knows may come a moment later, so it has one look. */
  problems(id: string, waiting: readonly string[], look: number): readonly Problem[] {
    return waiting.flatMap((one) => {
      const standing = this.#standing(one);
      if (standing === "failed") return [failed(id, one)];
      if (standing !== "unknown") return [];
      const key = `${id} ${one}`;
      const first = this.#unknown.get(key) ?? look;
      this.#unknown.set(key, first);
      return look > first ? [unknown(id, one)] : [];
    });
  }
}

function failed(id: string, one: string): Problem {
  return {
    code: "W_WAITS",
    message: `${id} waits for ${one}, which failed`,
    hint: `decapod task move ${one} pending`,
  };
}

function unknown(id: string, one: string): Problem {
  return {
    code: "W_WAITS",
    message: `${id} waits for ${one}, and there is no such task`,
    hint: `write tasks/pending/${one}.md, or leave ${one} out of depends_on`,
  };
}

/** Why a task cannot be done now, for who asks for it by hand. */
export function waitingProblem(
  id: string,
  waiting: readonly string[],
  standing: (id: string) => Standing,
): Problem {
  const [first = ""] = waiting;
  const texts = waiting.map((one) => `${one}, ${STATES[standing(one)].words}`);
  return {
    code: "E_CONFLICT",
    message: `${id} waits for ${texts.join(", and for ")}`,
    hint: STATES[standing(first)].hint(first),
  };
}

interface State {
  readonly words: string;
  readonly hint: (id: string) => string;
}

const STATES: Readonly<Record<Standing, State>> = {
  success: { words: "which has succeeded", hint: () => "do this again" },
  failed: {
    words: "which failed",
    hint: (id) => `decapod task move ${id} pending, decapod work ${id}, then this again`,
  },
  open: {
    words: "which is being done",
    hint: (id) => `decapod task show ${id}; this again when it has ended`,
  },
  pending: { words: "which is still to be done", hint: (id) => `decapod work ${id}, then this again` },
  unknown: {
    words: "and there is no such task",
    hint: (id) => `write tasks/pending/${id}.md, or leave ${id} out of depends_on`,
  },
};
