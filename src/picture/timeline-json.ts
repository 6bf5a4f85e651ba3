/** A timeline as data. */
import { instant } from "../core/calendar.ts";
import type { Timeline } from "./timeline.ts";

export function timelineDocument({ run, startedAt, length, rows, gone }: Timeline): object {
  const time = (ms: number) => instant(startedAt + ms);
  const span = ({ from, to }: { readonly from: number; readonly to: number }) => ({
    startedAt: time(from),
    endedAt: time(to),
    durationSeconds: (to - from) / 1000,
  });
  return {
    id: run.id,
    workflow: run.start.workflow,
    status: run.status,
    ...span({ from: 0, to: length }),
    rows: rows.map(({ id, agent, look, stretches, isCritical }) => ({
      id,
      agent,
      state: look.word,
      isCritical,
      stretches: stretches.map((stretch) => ({
        kind: stretch.kind,
        ...span(stretch),
        attempt: stretch.attempt === 0 ? null : stretch.attempt,
        isRepair: stretch.isRepair,
        reason: stretch.reason,
        result: stretch.result?.word ?? null,
        isOpen: stretch.isOpen,
      })),
    })),
    gone: gone.map(span),
  };
}
