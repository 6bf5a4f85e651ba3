/**
 * Tokens with which a person decides where no terminal is: in a script of theirs, over a connection. Only their digests
 * are kept, in the person's own configuration.
 */
import { dirname, isAbsolute } from "node:path";
import * as z from "zod/mini";
import { ofForm } from "../contract.ts";
import { instant } from "../core/calendar.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { errorCode, type Files } from "../port/files.ts";
import { sameSecret, sha256 } from "../port/hash.ts";
import { insideProject, userFilePath } from "../spec/user-folder.ts";

const FILE = "tokens.json";
const TOKENS_MAX = 100;
const PREFIX = "dcp_";
export const TOKEN_BYTES = 32;
const OTHERS = 0o077;

const entry = z.strictObject({
  name: z.string(),
  /** Of the whole token. */
  sha256: z.string(),
  /** Whose decisions it makes, by the name that the operating system knows. */
  user: z.string(),
  /** Wall times, ms since the epoch. */
  createdAt: z.number(),
  expiresAt: z.number(),
  revokedAt: z.nullable(z.number()),
});
const file = z.strictObject({ version: z.literal(1), tokens: z.array(entry) });

export type TokenEntry = z.infer<typeof entry>;

export interface TokenPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the project, which must not hold them. */
  readonly root: string;
  readonly files: Files;
}

export function tokenText(random: Uint8Array): string {
  return `${PREFIX}${Buffer.from(random).toString("base64url")}`;
}

/** All there ever were, newest last. */
export function readTokens(place: TokenPlace): Result<readonly TokenEntry[]> {
  const path = pathOf(place);
  if (!path.ok) return path;
  try {
    const stat = place.files.statTarget(path.value);
    if (stat === null) return good([]);
    if ((stat.mode & OTHERS) !== 0) return bad(open(path.value));
    const read = ofForm(file, JSON.parse(place.files.readText(path.value)));
    return read.ok ? good(read.value.tokens) : bad(strange(path.value, read.problems[0]?.message ?? ""));
  } catch (error) {
    return bad(strange(path.value, error instanceof SyntaxError ? "it is not JSON" : errorCode(error)));
  }
}

/** One command at a time reads, changes and writes them, so that no token comes back that another one revoked. */
export function changeTokens(
  place: TokenPlace,
  now: number,
  change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[],
): Result<null> {
  const path = pathOf(place);
  if (!path.ok) return path;
  const lock = `${path.value}.lock`;
  try {
    place.files.makeFolder(dirname(path.value));
    place.files.open(lock, "create").close();
  } catch (error) {
    return bad(errorCode(error) === "EEXIST" ? taken(lock) : unwritable(path.value, error));
  }
  try {
    const read = readTokens(place);
    return read.ok ? write(place, path.value, change(read.value), now) : read;
  } finally {
    place.files.remove(lock);
  }
}

/** The oldest that count no more go first. */
function write(place: TokenPlace, path: string, tokens: readonly TokenEntry[], now: number): Result<null> {
  const over = tokens.filter((one) => !counts(one, now)).slice(0, Math.max(0, tokens.length - TOKENS_MAX));
  const kept = tokens.filter((one) => !over.includes(one));
  if (kept.length > TOKENS_MAX)
    return bad({
      code: "E_NOT_ALLOWED",
      message: `there are ${TOKENS_MAX} tokens already`,
      hint: "revoke some",
    });
  try {
    place.files.writeAtomic(path, `${JSON.stringify({ version: 1, tokens: kept }, null, 2)}\n`, 0o600);
    return good(null);
  } catch (error) {
    return bad(unwritable(path, error));
  }
}

function taken(lock: string): Problem {
  return {
    code: "E_CONFLICT",
    message: "another command is changing your tokens",
    hint: `try again; if there is none, delete ${lock}`,
  };
}

function unwritable(path: string, error: unknown): Problem {
  return { code: "E_IO", message: `${path} cannot be written (${errorCode(error)})` };
}

export function counts({ expiresAt, revokedAt }: TokenEntry, now: number): boolean {
  return revokedAt === null && now < expiresAt;
}

export interface Shown {
  readonly token: string;
  readonly user: string;
  readonly now: number;
}

/** The name of the token, when it counts. Every one is compared, so that nothing is told by the time it takes. */
export function checkToken(tokens: readonly TokenEntry[], { token, user, now }: Shown): Result<string> {
  const digest = sha256(token);
  const [found] = tokens.filter((one) => sameSecret(one.sha256, digest)).filter((one) => one.user === user);
  if (found === undefined) return bad(noPerson("this token is not known here"));
  const { name, expiresAt, revokedAt } = found;
  if (revokedAt !== null) return bad(noPerson(`the token ${name} was revoked at ${instant(revokedAt)}`));
  if (now >= expiresAt) return bad(noPerson(`the token ${name} expired at ${instant(expiresAt)}`));
  return good(name);
}

function noPerson(why: string): Problem {
  return {
    code: "E_HUMAN_ONLY",
    message: `only a person decides: ${why}`,
    hint: "decapod token new makes one, at a terminal",
  };
}

function pathOf({ environment, root, files }: TokenPlace): Result<string> {
  const path = userFilePath(environment, FILE);
  if (path === null || !isAbsolute(path))
    return bad({
      code: "E_NOT_FOUND",
      message: "there is no home folder to keep tokens in",
      hint: "set HOME",
    });
  const inside = insideProject(path, { environment, root, files });
  return inside === null ? good(path) : bad(inside);
}

function open(path: string): Problem {
  return {
    code: "E_NOT_ALLOWED",
    message: `${path} is open to others, so nobody knows who wrote it`,
    hint: `chmod 600 ${path}`,
  };
}

function strange(path: string, why: string): Problem {
  return {
    code: "E_SCHEMA",
    message: `${path} is not as decapod left it: ${why}`,
    hint: "delete it, and make new tokens",
  };
}
