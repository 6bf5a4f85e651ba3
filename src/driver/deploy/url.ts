/** Which addresses are asked whether the page is there: those the project names, else public ones over https. */
import { isIP } from "node:net";
import type { Problem } from "../../core/problem.ts";
import { readWebAddress } from "../../core/web-address.ts";
import type { Target } from "../../spec/target.ts";

/** `target`: what the project declares; its own host, and those it lists, may be asked in any way it says. */
export function urlProblem(text: string, target: Pick<Target, "url" | "hosts"> | null): Problem | null {
  const read = readWebAddress(text);
  const refuse = (why: string): Problem => ({
    code: "E_URL",
    message: `the url ${JSON.stringify(text.slice(0, 200))} ${why}`,
    hint: "https, and a host that the target in decapod.yaml lists",
  });
  if (!read.ok) return refuse(read.why);
  const { url } = read;
  const declared = target?.url !== null && target?.url !== undefined ? new URL(target.url) : null;
  if (declared !== null && declared.host === url.host)
    return url.protocol === "https:" || declared.protocol === url.protocol ? null : refuse("is not https");
  if (target !== null && (declared !== null || target.hosts.length > 0))
    return url.protocol === "https:" && target.hosts.includes(url.host)
      ? null
      : refuse("leads to a host that the target does not list");
  if (url.protocol !== "https:") return refuse("is not https");
  return isPublicName(url.hostname) ? null : refuse("leads to a private address");
}

/** A name that the whole world knows: no number, nothing of this machine or its network. */
function isPublicName(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return false;
  return bare.includes(".") && !/\.(?:localhost|local|internal|lan|home|arpa|test|invalid)\.?$/.test(bare);
}
