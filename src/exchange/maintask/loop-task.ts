/** A task of a loop: its state is the beginning of its file's name, `[pending]_market-sizing_task.md`. */
import type { Problem } from "../../core/problem.ts";
import { idTrouble, keyOfId } from "../taskfile/task-id.ts";

export const LOOP_STATES = ["pending", "running", "completed", "failed", "blocked"] as const;
export type LoopState = (typeof LOOP_STATES)[number];

/** What a state may become. A completed task is done: only who says so expressly has it done again. */
const NEXT: Readonly<Record<LoopState, readonly LoopState[]>> = {
  pending: ["running"],
  running: ["completed", "failed", "blocked", "pending"],
  blocked: ["pending", "running"],
  failed: ["pending", "running"],
  completed: [],
};

export function mayChange(from: LoopState, to: LoopState, isAgain = false): boolean {
  return NEXT[from].includes(to) || (isAgain && from === "completed" && to === "pending");
}

/** Something is still to be done about it. What failed has ended: whoever wants it again says so. */
export function isOpen(state: LoopState): boolean {
  return state !== "completed" && state !== "failed";
}

export function isLoopState(word: string): word is LoopState {
  return (LOOP_STATES as readonly string[]).includes(word);
}

export function fileOf(name: string, state: LoopState): string {
  return `[${state}]_${name}_task.md`;
}

const FILE = /^\[([^\]]*)\]_(.*)_task\.md$/su;

export interface TaskName {
  readonly name: string;
  readonly state: LoopState;
}

/** null for a file that is no task. */
export function readName(fileName: string): TaskName | null {
  const [, state = "", name = ""] = FILE.exec(fileName) ?? [];
  return isLoopState(state) && nameTrouble(name) === null ? { name, state } : null;
}

/** Whether somebody will have meant a task by it. */
export function seemsTask(fileName: string): boolean {
  return FILE.test(fileName);
}

/** Where tasks and streams have folders of their names. */
const OWN_FILES = ["MAIN_TASK", "history.jsonl"] as const;

/** Of tasks and of streams. */
export function nameTrouble(name: string): Problem | null {
  const trouble = idTrouble(name);
  if (trouble !== null) {
    const { code, message } = trouble;
    return { code, message, hint: "letters, digits, - and _, such as market-sizing" };
  }
  const own = OWN_FILES.find((file) => keyOfId(file) === keyOfId(name));
  if (own === undefined) return null;
  return { code: "E_TASK_ID", message: `"${name}" is the name of a file of the loop`, hint: "another name" };
}

/** The names of parts extend that of what was taken apart. */
export function isPartOf(name: string, whole: string): boolean {
  return name.startsWith(`${whole}-`);
}
