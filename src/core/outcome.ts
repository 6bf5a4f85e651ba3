import type { Json } from "./json.ts";

/** The failure classes of formats.md 7. A driver or a project may add its own; these are for ever. */
export const FAILURE_CLASSES = [
  "template_not_found",
  "missing_frontmatter",
  "broken_internal_link",
  "syntax_error",
  "aws_credentials",
  "cloudfront_config",
  "git_merge_conflict",
  "unknown",
  "transient",
  "rate_limited",
  "quota_exhausted",
  "timeout",
  "lost",
  "output_missing",
  "criteria_failed",
  "nothing_changed",
  "claims_without_evidence",
  "items_failed",
  "child_failed",
  "rejected",
  "config_error",
  "program_missing",
  "budget",
  "finished",
] as const;

export type FailureAction = "auto_fix" | "retry" | "escalate" | "wait";

/** Why an attempt failed, as data. */
export interface Failure {
  readonly class: string;
  readonly message: string;
  readonly action: FailureAction;
  /** What a person is told when nobody else can go on; absent: the words that belong to the class. */
  readonly words?: string;
}

const ACTIONS: Readonly<Record<string, FailureAction>> = {
  template_not_found: "auto_fix",
  missing_frontmatter: "auto_fix",
  broken_internal_link: "auto_fix",
  syntax_error: "auto_fix",
  aws_credentials: "escalate",
  cloudfront_config: "escalate",
  git_merge_conflict: "escalate",
  unknown: "escalate",
  quota_exhausted: "wait",
  config_error: "escalate",
  rejected: "escalate",
  program_missing: "escalate",
  budget: "escalate",
  finished: "escalate",
};

/** A failure of a known class with the action that belongs to it; classes nobody knows are tried again. */
export function failure(failureClass: string, message: string): Failure {
  return { class: failureClass, message, action: ACTIONS[failureClass] ?? "retry" };
}

/** What an attempt cannot go on without: a person is asked, and with the answer the work is done again. */
export interface AgentQuestion {
  readonly kind: "permission" | "question";
  /** As the agent put it; of a permission what it wanted to do. */
  readonly message: string;
  /** Answers that it offers; another one may be given as well. */
  readonly offers: readonly string[];
  /** Of a permission: the tools, as the driver names them, that would then be allowed. */
  readonly wants: readonly string[];
}

/** What was said to it: by a person to what it asked, or by the engine of an output that was not what was asked for. */
export interface GivenAnswer {
  readonly kind: "permission" | "question" | "misfit";
  /** Of a misfit empty: it asked nothing. */
  readonly asked: string;
  readonly answer: string;
  readonly allows: readonly string[];
  readonly by: string;
}

/** What an attempt used up. null is unknown, never zero. */
export interface Usage {
  readonly costUsd: number | null;
  readonly tokens: number | null;
}

/** An output: its value, or where a large one (over 16 KiB) lies, by content. */
export type OutputValue =
  | { readonly value: Json }
  | { readonly digest: string; readonly bytes: number; readonly text: boolean };

export const NO_OUTPUT: OutputValue = { value: null };
