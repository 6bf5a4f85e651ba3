/**
 * A driver that gives no answer is not waited for for ever: its attempt is lost, as if its process were gone, and what may
 * be done twice is done again. Processes end by their own limits long before; this is for a driver that is broken.
 */
import { failure } from "../core/outcome.ts";
import type { Clock } from "../port/clock.ts";
import type { Driver, Outcome, Progress } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";

/** So long after the time of the attempt, or after it was asked to end. */
const PATIENCE_MS = 300_000;

type Step = IteratorResult<Progress, Outcome>;

export function withPatience(driver: Driver, clock: Pick<Clock, "after">): Driver {
  return {
    ...driver,
    async *run(work, signal) {
      let isOver = false;
      let giveUp = () => {};
      const cancels: (() => void)[] = [];
      const endsIn = (delayMs: number) =>
        cancels.push(
          clock.after(delayMs, () => {
            isOver = true;
            giveUp();
          }),
        );
      const aborted = () => endsIn(PATIENCE_MS);
      if (work.timeoutMs !== null) endsIn(work.timeoutMs + PATIENCE_MS);
      if (signal.aborted) aborted();
      signal.addEventListener("abort", aborted, { once: true });
      const steps = driver.run(work, signal);
      try {
        for (;;) {
          // Not by Promise.race: it would remember every step until the end.
          const step = await new Promise<Step | null>((resolve, reject) => {
            giveUp = () => resolve(null);
            // It may have come while the last step was looked at.
            if (isOver) giveUp();
            steps.next().then(resolve, reject);
          });
          if (step === null) return unanswered(driver);
          if (step.done === true) return step.value;
          yield step.value;
        }
      } finally {
        signal.removeEventListener("abort", aborted);
        for (const cancel of cancels) cancel();
        // Whoever leaves early leaves the driver too; one that gives no answer gives none to this either.
        const left = steps.return(unanswered(driver));
        if (isOver) void left.catch(() => {});
        else await left;
      }
    },
  };
}

function unanswered({ name }: Driver): Outcome {
  const told = `its driver ${name} gave no answer in ${PATIENCE_MS / 60_000} minutes beyond its time`;
  return { ...EMPTY_OUTCOME, status: "lost", failure: failure("lost", told) };
}
