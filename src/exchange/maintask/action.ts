/** What kind of step a NEXT asks for: the invocation is told how such a step is done. */

export const ACTIONS = ["decompose", "execute", "gather", "synthesize", "check"] as const;
export type Action = (typeof ACTIONS)[number];

const VERBS: Readonly<Record<Action, readonly string[]>> = {
  decompose: ["decompose", "split", "break", "divide", "plan"],
  execute: ["execute", "run", "do", "implement", "write", "build", "fix", "complete", "analyze", "analyse"],
  gather: ["gather", "collect", "fetch", "research", "read", "find", "look"],
  synthesize: ["synthesize", "synthesise", "summarize", "summarise", "combine", "merge", "report"],
  check: ["check", "list", "review", "decide", "verify", "inspect"],
};

const OF_VERB: ReadonlyMap<string, Action> = new Map(
  ACTIONS.flatMap((action) => VERBS[action].map((verb) => [verb, action] as const)),
);

/** By the first word that says it; what says none is something to execute. */
export function actionOf(next: string): Action {
  const words = next.toLowerCase().match(/\p{L}+/gu) ?? [];
  return OF_VERB.get(words.find((word) => OF_VERB.has(word)) ?? "") ?? "execute";
}
