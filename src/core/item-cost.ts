/** The median, and what nine of ten stay below, of those that tell it. */
export interface ItemCost {
  readonly unit: "usd" | "tokens";
  readonly likely: number;
  readonly high: number;
  /** So many of so many items told it; absent: all of them. */
  readonly told?: number;
  readonly items?: number;
}
