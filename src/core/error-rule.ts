/**
 * How it is read off what a program printed why it failed (formats.md 7). Rules are data: fixed texts, looked for line by
 * line, or patterns that whoever asks can look for in linear time. The earlier of two rules that both fit counts.
 */
import type { FailureAction } from "./outcome.ts";

/** What follows from a class. A quota has a way of its own, so no rule says to wait. */
export type ErrorAction = Exclude<FailureAction, "wait">;

export const ERROR_ACTIONS: readonly ErrorAction[] = ["auto_fix", "retry", "escalate"];

export interface ErrorRule {
  readonly class: string;
  readonly action: ErrorAction;
  /** Any of them is enough. */
  readonly lines: readonly LineMatch[];
  /** What people are told of it; absent: the line itself. */
  readonly message?: string;
  /** Also of a program that says it succeeded. */
  readonly evenOnSuccess?: true;
}

export type LineMatch =
  | {
      /** Stand in the line in this order. */
      readonly parts: readonly string[];
      /** The first of them begins the line. */
      readonly isStart?: true;
      /** What stands between the first that is found and the second ("": the end of the line) names a file. */
      readonly file?: readonly [string, string];
    }
  | { readonly pattern: string };

export type ErrorTable = readonly ErrorRule[];
