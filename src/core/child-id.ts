const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A run id (lower-case ULID of 26) from a time and a hash: the same parent and attempt always give the same child. */
export function runIdFrom(timeMs: number, hex: string): string {
  let id = "";
  for (let rest = timeMs, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32))
    id = `${ALPHABET[rest % 32]}${id}`;
  for (let digit = 0; digit < 16; digit++)
    id += ALPHABET[Number.parseInt(hex.slice(digit * 2, digit * 2 + 2), 16) % 32];
  return id;
}
