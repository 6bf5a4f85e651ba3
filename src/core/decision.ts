/** Making a question for a person: the parts that approvals, blockers and budgets share. */
import type { Draft, Spot } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { present } from "./invariant.ts";

type Asked = Pick<Decision, "id" | "kind" | "message" | "choices"> & Partial<Decision>;

export function question(draft: Draft, spot: Spot | null, asked: Asked): Decision {
  const key = spot === null ? null : keyOf(draft, spot);
  return {
    task: spot?.task.id ?? "",
    item: spot === null || spot.item < 0 ? null : spot.item,
    ...(key !== null && { key }),
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

/** Of an item; null: the task has none. */
export function keyOf(draft: Draft, { task, item }: Spot): string | null {
  if (item < 0) return null;
  const { list } = present(draft.task(task.index).items, `task ${task.id} is expanded`);
  return present(list[item], "an item exists").key;
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
