/** Ids that follow from a text: who says the same again means the same again. */
import { sha256 } from "../port/hash.ts";

const ID_LENGTH = 26;
/** What ids are written in, in the order of their places. */
export const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** The id of a run that is started once for a key: always the same for the same key. */
export function runIdOfKey(key: string): string {
  return lettersOfHash(sha256(`run key\n${key}`));
}

/** 128 bits of a sha256 in hex, as the letters that ids are written in. */
export function lettersOfHash(hex: string): string {
  let text = "";
  for (let left = BigInt(`0x${hex}`) >> BigInt(256 - 128); text.length < ID_LENGTH; left >>= 5n)
    text = `${LETTERS[Number(left & 31n)]}${text}`;
  return text;
}
