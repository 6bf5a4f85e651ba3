/** Whether only people can move a run on. */
import { waitsForPeopleOnly } from "../core/refuse.ts";
import type { Run } from "../core/run.ts";

/** What is seen of the runs around a run. */
export interface Sight {
  childrenOf(run: string): readonly Run[];
  /** The runs before it in the group for which it waits. */
  ahead(run: Run): readonly string[];
  /** The runs whose paths hold up everything that it waits for; null when some of it waits for something else. */
  heldUpBy(run: Run): readonly string[] | null;
  /** Only people can move these runs on, if only by taking them up. */
  areStuck(runs: readonly string[]): boolean;
}

/** No child of it does anything either: a child that waits is one more open question. */
export function waitsForPeople(run: Run, sight: Sight): boolean {
  if (run.ticking > 0) return false;
  const children = run.live === 0 ? [] : sight.childrenOf(run.id);
  if (children.length !== run.live || !children.every((child) => waitsForPeople(child, sight))) return false;
  if (run.group?.held === false) {
    const ahead = sight.ahead(run);
    return ahead.length > 0 && sight.areStuck(ahead);
  }
  const owners = sight.heldUpBy(run);
  const isHeldUp = owners !== null && sight.areStuck(owners);
  // To be behind somebody who waits is to wait for the same people.
  const behind = isHeldUp && owners.length > 0 ? 1 : 0;
  const openDecisions = run.openDecisions + children.length + behind;
  return waitsForPeopleOnly({ ...run, live: 0, openDecisions }, () => isHeldUp);
}

/** Nothing that had begun in it goes on any more, as in a run that was paused a while ago. */
export function isAtRest(run: Run, childrenOf: (run: string) => readonly Run[]): boolean {
  const children = childrenOf(run.id);
  return run.live === children.length && children.every((child) => isAtRest(child, childrenOf));
}
