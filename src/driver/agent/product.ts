/** The agent programs that this version drives with a driver of their own. */
import type { DrivenAgent } from "../../spec/user-settings.ts";
import type { VersionRange } from "./versions.ts";

export interface Product {
  /** Also the key of the person's configuration: `agents.NAME`. */
  readonly driver: DrivenAgent;
  readonly command: string;
  readonly title: string;
  /** What stands before the number that `--version` prints. */
  readonly versionWords: string;
  /** Others may mean something else by the same words; a person may allow them, at their own risk. */
  readonly known: readonly VersionRange[];
  /** Versions to take beside those, for one command. */
  readonly versionsVariable: string;
  readonly install: string;
}

export const CLAUDE: Product = {
  driver: "claude-code",
  command: "claude",
  title: "Claude Code",
  versionWords: "",
  known: [{ from: "2.1.328", to: "2.1.328" }],
  versionsVariable: "DECAPOD_CLAUDE_VERSIONS",
  install: "npm install -g @anthropic-ai/claude-code",
};

export const CODEX: Product = {
  driver: "codex",
  command: "codex",
  title: "Codex",
  versionWords: "codex-cli ",
  known: [{ from: "0.169.0", to: "0.169.0" }],
  versionsVariable: "DECAPOD_CODEX_VERSIONS",
  install: "npm install -g @openai/codex@0.169.0",
};

export const GEMINI: Product = {
  driver: "gemini",
  command: "gemini",
  title: "Gemini CLI",
  versionWords: "",
  known: [{ from: "0.61.0", to: "0.61.0" }],
  versionsVariable: "DECAPOD_GEMINI_VERSIONS",
  install: "npm install -g @google/gemini-cli@0.61.0",
};

export const OPENCODE: Product = {
  driver: "opencode",
  command: "opencode",
  title: "OpenCode",
  versionWords: "",
  known: [{ from: "1.18.33", to: "1.18.33" }],
  versionsVariable: "DECAPOD_OPENCODE_VERSIONS",
  install: "npm install -g opencode-ai@1.18.33",
};

/** The order in which a person is told of them. */
export const PRODUCTS: readonly Product[] = [CLAUDE, CODEX, GEMINI, OPENCODE];
