/** What is said of a task whose file is not where the journal has it. */
import type { Problem } from "../../core/problem.ts";
import type { Step } from "./reconcile.ts";

export function duplicate(id: string, other: string): Problem {
  return {
    code: "E_DUPLICATE_TASK",
    message: `the task ${id} has the id of ${other}, but for capitals or accents`,
    hint: "give it another id",
  };
}

export const FOREIGN = "E_FOREIGN_STATE_CHANGE";

/** RUN in a hint is the run that does the task. */
export const SAYINGS: Readonly<
  Record<(Step & { do: "tell" })["about"], { code: string; message: string; hint: string }>
> = {
  moved: {
    code: FOREIGN,
    message: "was moved by somebody else; it is put back where its run says",
    hint: "only decapod ends a task; to have it done again, move it into tasks/pending",
  },
  edited: {
    code: FOREIGN,
    message: "was edited while it is being done; its run keeps the text that it began with",
    hint: "write a new task file under another name",
  },
  wanted_back: {
    code: FOREIGN,
    message: "is being done and cannot go back to pending; it is put into in-progress",
    hint: "decapod cancel RUN ends it",
  },
  gone: {
    code: FOREIGN,
    message: "was deleted while it is being done; its file is written again",
    hint: "decapod cancel RUN ends it",
  },
  left_over: {
    code: FOREIGN,
    message: "lies in in-progress, and nobody works on it; it is put back into pending",
    hint: "write task files into tasks/pending",
  },
  second: {
    code: "E_DUPLICATE_TASK",
    message:
      "is being done, and another text under its name lies in pending; that one waits until it has ended",
    hint: "give it an id of its own",
  },
};
