/** How the log shows a standard output that is made for programs. */
export interface OutputView {
  /** What a person sees of it; often less, and later. */
  write(data: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** Names only: a start frame cannot carry more. */
export type ViewName = "claude-code" | "codex" | "gemini" | "acp";
