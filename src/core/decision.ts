/** Making a question for a person: the parts that approvals, blockers and budgets share. */
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";

type Asked = Pick<Decision, "id" | "kind" | "message" | "choices"> & Partial<Decision>;

export function question(draft: Draft, spot: Spot | null, asked: Asked): Decision {
  return {
    task: spot?.task.id ?? "",
    item: spot === null || spot.item < 0 ? null : spot.item,
    show: null,
    phraseRequired: false,
    fields: null,
    sendBackTo: null,
    maxRounds: 0,
    digest: "",
    askedAt: draft.state.at,
    expiresAt: null,
    onExpiry: null,
    ...asked,
  };
}

/** Puts the question to people, and sets the timer of its deadline. */
export function raise(draft: Draft, decision: Decision): void {
  draft.state.openDecisions += 1;
  draft.effect({ do: "ask", decision });
  if (decision.expiresAt === null) return;
  draft.effect({
    do: "set_timer",
    timer: { id: `expire:${decision.id}`, kind: "wall", due: decision.expiresAt },
  });
}
