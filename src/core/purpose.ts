import type { JsonMap } from "./json.ts";

/** What an attempt is for, where that is not the task alone: for people and views, the decider knows. */
export interface Purpose {
  /** It mends what made that attempt fail. */
  readonly repairOf?: number;
  /** It tries again what that attempt failed of, which was mended since. */
  readonly retryOf?: number;
}

/** What a repair is told of the attempt that failed. */
export interface Mended {
  readonly attempt: number;
  readonly agent: string;
  /** As that attempt was given them. */
  readonly parameters: JsonMap;
  readonly class: string;
  readonly message: string;
}
