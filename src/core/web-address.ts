/** Addresses that people write: of http or https, and nothing in them that hides which host is meant (reliability.md C3). */

export type WebAddress =
  | { readonly ok: true; readonly url: URL }
  /** To be put behind what was written. */
  | { readonly ok: false; readonly why: string };

export function readWebAddress(text: string): WebAddress {
  if (/[\p{Cc}\s]/u.test(text)) return { ok: false, why: "holds white space or control characters" };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return { ok: false, why: "is no web address" };
  if (!/^https?:$/.test(url.protocol))
    return { ok: false, why: `begins with ${url.protocol}, not with https:` };
  if (url.username === "" && url.password === "") return { ok: true, url };
  return { ok: false, why: "holds a user name: what stands before the @ is not the host" };
}
