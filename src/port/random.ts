import { randomBytes } from "node:crypto";

/** Where chance comes from. Tests give rows that can be repeated. */
export interface Random {
  bytes(count: number): Uint8Array;
}

export const realRandom: Random = { bytes: (count) => randomBytes(count) };
