/** How a file is served: its type by its name, and how long it may be kept by whoever has it. */
import mime from "mime";
import { compileGlob } from "../../core/glob.ts";

export interface HeaderRules {
  /** Glob: Cache-Control. Of several that fit, the longest is meant. */
  readonly cache: Readonly<Record<string, string>>;
  /** Glob: Content-Type. */
  readonly contentTypes: Readonly<Record<string, string>>;
}

export interface Headers {
  readonly type: string;
  readonly cache: string;
}

/** A name that changes with the content may be kept for ever. Digits alone are a date or a number. */
const HASHED = /[.-](?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,128}\.[A-Za-z0-9.]+$/;
const PAGES = /^(?:text\/html|application\/(?:xml|json|rss\+xml|atom\+xml|manifest\+json)|text\/xml)/;
const FOR_EVER = "public, max-age=31536000, immutable";
/** Asked about each time: what CloudFront has is refreshed after a deploy, what browsers have is not. */
const ASK_FIRST = "public, max-age=0, must-revalidate";
const AN_HOUR = "public, max-age=3600";

export function headersFor(rules: HeaderRules): (path: string) => Headers {
  const cacheOf = matcher(rules.cache);
  const typeOf = matcher(rules.contentTypes);
  return (path) => {
    const type = typeOf(path) ?? contentType(path);
    return { type, cache: cacheOf(path) ?? cacheControl(path, type) };
  };
}

function matcher(rules: Readonly<Record<string, string>>): (path: string) => string | null {
  const sorted = Object.entries(rules)
    .sort(([left], [right]) => right.length - left.length || (left < right ? -1 : 1))
    .map(([glob, value]) => ({ fits: compileGlob(glob), value }));
  return (path) => sorted.find(({ fits }) => fits(path))?.value ?? null;
}

function contentType(path: string): string {
  const type = mime.getType(path) ?? "application/octet-stream";
  const isText = /^text\/|[/+](?:json|xml)$|^application\/(?:javascript|manifest\+json)$/.test(type);
  return isText ? `${type}; charset=utf-8` : type;
}

function cacheControl(path: string, type: string): string {
  if (PAGES.test(type)) return ASK_FIRST;
  return HASHED.test(path) ? FOR_EVER : AN_HOUR;
}
