/** What each number of a workflow may be: the same whether it is written out or an expression gives it. */
import { LIMITS, type Limit, type Limits, most, shown } from "./limits.ts";
import { thousands } from "./thousands.ts";

export interface Range {
  readonly kind: "whole" | "number" | "seconds";
  readonly from: number;
  /** A limit may be made smaller by a project. */
  readonly to: number | Limit;
}

const whole = (from: number, to: number | Limit): Range => ({ kind: "whole", from, to });
const number = (from: number, to: number | Limit): Range => ({ kind: "number", from, to });
const seconds = (from: number, to: number | Limit = LIMITS.durationSeconds): Range => ({
  kind: "seconds",
  from,
  to,
});

export const RANGES = {
  attempts: whole(1, LIMITS.attempts),
  parallel: whole(1, LIMITS.parallel),
  iterations: whole(1, LIMITS.iterations),
  minSuccess: whole(0, LIMITS.parallel),
  repairs: whole(1, 10),
  rounds: whole(1, 100),
  turns: whole(1, 10_000),
  planTasks: whole(1, LIMITS.tasks),
  priority: whole(-1000, 1000),
  exitCode: whole(0, 255),
  usd: number(0, 1_000_000),
  tokens: whole(0, Number.MAX_SAFE_INTEGER),
  delay: seconds(0),
  timeout: seconds(0.001),
  runTimeout: seconds(1),
  approval: seconds(1, LIMITS.approvalSeconds),
} as const satisfies Readonly<Record<string, Range>>;

export function highest({ to }: Range, limits?: Limits): number {
  return typeof to === "number" ? to : most(to, limits);
}

export function isWithin(value: number, range: Range, limits?: Limits): boolean {
  const isWhole = range.kind !== "whole" || Number.isInteger(value);
  return isWhole && value >= range.from && value <= highest(range, limits);
}

/** `a whole number from 1 to 100`; the limit that a project made smaller is named, so that it can be found. */
export function rangeText(range: Range, limits?: Limits): string {
  const { kind, from, to } = range;
  const top = highest(range, limits);
  const where = typeof to !== "number" && top < to.default ? ` (limits.${to.name})` : "";
  if (kind !== "seconds")
    return `a ${kind === "whole" ? "whole number" : "number"} from ${thousands(from)} to ${thousands(top)}${where}`;
  return `seconds or a duration such as 90s, 15m, 2h, 7d, from ${from} s to ${shown(LIMITS.durationSeconds, top)}${where}`;
}
