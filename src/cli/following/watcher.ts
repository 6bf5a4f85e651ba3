/** A way to show runs while they go on: board, lines, JSON lines, or nothing. */
import type { Change } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import type { Progress } from "../application.ts";

export interface Beginning {
  readonly run: Run;
  /** As people see it. */
  readonly name: string;
  /** `retried`: it has ended, and says itself when it goes on. */
  readonly how: "started" | "resumed" | "watched" | "retried";
  /** Child runs that go on with it, at any depth. */
  readonly below: readonly Run[];
}

export interface Watcher {
  /** A run this command follows, as it stands when watching begins. */
  begin(beginning: Beginning): void;
  changes(changes: readonly Change[]): void;
  progress(progress: Progress): void;
  /** A line of our own among what is shown. */
  note(text: string): void;
  /** While a person is asked, nothing is repainted. */
  pause(): void;
  unpause(): void;
  end(): void;
}

export const noWatcher: Watcher = {
  begin: () => {},
  changes: () => {},
  progress: () => {},
  note: () => {},
  pause: () => {},
  unpause: () => {},
  end: () => {},
};
