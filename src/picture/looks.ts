/** How states look, everywhere: a glyph and a word always go together, a colour is only added. */

/** What a colour stands for. Terminal, pictures and pages each have their own colours for these. */
export type Tone = "success" | "running" | "human" | "failed" | "skipped" | "pending";

export interface Look {
  readonly glyph: string;
  readonly word: string;
  readonly tone: Tone;
}

/** Most pressing first: what a whole looks like whose parts differ. */
export const TONES: readonly Tone[] = ["human", "failed", "running", "pending", "success", "skipped"];

const GLYPHS: Readonly<Record<Tone, string>> = {
  success: "✓",
  running: "●",
  human: "◐",
  failed: "✗",
  skipped: "–",
  pending: "○",
};

const TASK_TONES: Readonly<Record<string, Tone>> = {
  pending: "pending",
  queued: "pending",
  running: "running",
  waiting: "pending",
  success: "success",
  failed: "failed",
  skipped: "skipped",
  cancelled: "skipped",
};

/** Waits that only a person ends. */
const HUMAN_REASONS: ReadonlySet<string> = new Set(["approval", "blocked", "budget", "review"]);

export function waitsForPeople(status: string, reason: string | null): boolean {
  return status === "waiting" && reason !== null && HUMAN_REASONS.has(reason);
}

export function lookOfTask(status: string, reason: string | null = null): Look {
  if (waitsForPeople(status, reason)) return look("human", "needs you");
  return look(Object.hasOwn(TASK_TONES, status) ? (TASK_TONES[status] as Tone) : "pending", status);
}

export function look(tone: Tone, word: string): Look {
  return { glyph: GLYPHS[tone], word, tone };
}

export interface Palette {
  readonly ground: string;
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly tones: Readonly<Record<Tone, string>>;
}

/** Each text colour has at least 4.5 : 1 on ground and surface, lines at least 3 : 1; a test counts it out. */
export const LIGHT: Palette = {
  ground: "#ffffff",
  surface: "#f4f6f9",
  text: "#16202c",
  muted: "#515c6b",
  line: "#7c8796",
  tones: {
    success: "#17723f",
    running: "#0b5fc4",
    human: "#8a5300",
    failed: "#b3261e",
    skipped: "#5a6472",
    pending: "#515c6b",
  },
};

export const DARK: Palette = {
  ground: "#0f151c",
  surface: "#18212b",
  text: "#e9eef4",
  muted: "#a3afbd",
  line: "#6b7786",
  tones: {
    success: "#5fd08f",
    running: "#7cb7ff",
    human: "#f2b84b",
    failed: "#ff8a80",
    skipped: "#9aa6b4",
    pending: "#a3afbd",
  },
};
