import { acpView } from "./acp/view.ts";
import { claudeView } from "./claude/view.ts";
import { codexView } from "./codex/view.ts";
import { geminiView } from "./gemini/view.ts";
import type { OutputView, ViewName } from "./output-view.ts";

export const VIEWS: Readonly<Record<ViewName, () => OutputView>> = {
  "claude-code": claudeView,
  codex: codexView,
  gemini: geminiView,
  acp: acpView,
};
