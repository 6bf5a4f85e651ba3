import { createHash, hash, timingSafeEqual } from "node:crypto";

/** sha256 of a text (UTF-8) or bytes, as 64 hex digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** sha256 of a text as 43 characters of base64url: the form the journal's chain is kept in. */
export function sha256Text(text: string): string {
  return hash("sha256", text, "base64url");
}

/** Whether two texts are the same; how long it takes says nothing of where they differ. */
export function sameSecret(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
