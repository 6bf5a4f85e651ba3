/** decapod token new: a token of this person's, shown once. */
import { resolve } from "node:path";
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { errorCode } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import {
  changeTokens,
  counts,
  TOKEN_BYTES,
  type TokenEntry,
  type TokenPlace,
  tokenText,
} from "../../server/person-tokens.ts";
import { secondsOf } from "../../spec/seconds.ts";
import { isInside } from "../../spec/user-folder.ts";
import { type Context, hint, type Options, textOption } from "../context.ts";
import { tokenPlace } from "../deciding/tokens.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { refused, take, usage } from "../refusal.ts";
import { localTime, shellWord } from "../text.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const EXPIRES = "30d";
const EXPIRES_MAX_SECONDS = 365 * 86_400;

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const { calledAs, clock } = application;
  const now = clock.wall();
  const expiresAt = now + lifeOf(textOption(options, "expires") ?? EXPIRES) * 1000;
  const asked = nameIn(options);
  const place = tokenPlace(context, "at a terminal");
  const token = tokenText(application.random.bytes(TOKEN_BYTES));
  const path = textOption(options, "out");
  let file: string | null = null;
  let name = "";
  const made = changeTokens(place, now, (tokens) => {
    name = asked ?? freeName(tokens.map((one) => one.name));
    refuseTaken(context, tokens, name, now);
    file = path === null ? null : tokenFile(context, place, path, token);
    const times = { createdAt: now, expiresAt, revokedAt: null };
    return [...tokens, { name, sha256: sha256(token), user: application.user, ...times }];
  });
  if (!made.ok && file !== null) application.files.remove(file);
  take(made);
  const document = { name, token: file === null ? token : null, file, expiresAt: instant(expiresAt) };
  if (globals.json) out.line(jsonText({ schemaVersion: 1, token: document }));
  else if (globals.jsonl) out.line(JSON.stringify({ schemaVersion: 1, token: document }));
  else out.line(file ?? token);
  const shown = file === null ? "; it is not shown again" : "";
  hint(context, `token ${name}, until ${localTime().date(expiresAt)}${shown}`);
  const keep = file === null ? "keep it outside the project in a file of mode 600, then" : "next";
  hint(
    context,
    `${keep}: ${calledAs} approve --token-file ${file === null ? "FILE" : shellWord(clean(file))}`,
  );
  return EXIT.done;
}

/** Made for this person alone, and new: what a shell writes behind `>` is open to others at most places. */
function tokenFile({ application }: Context, place: TokenPlace, path: string, token: string): string {
  const { files, cwd } = application;
  const full = resolve(cwd, path);
  const shown = clean(path);
  if (isInside(place.root, full, files))
    throw refused(
      "E_NOT_ALLOWED",
      `${shown} lies inside the project, where agents read`,
      "name one elsewhere",
    );
  if (files.exists(full))
    throw refused("E_CONFLICT", `${shown} is there already`, "name a file that is not there yet");
  try {
    files.writeAtomic(full, `${token}\n`, 0o600);
  } catch (error) {
    throw refused("E_IO", `${shown} cannot be written (${errorCode(error)})`);
  }
  return full;
}

function nameIn(options: Options): string | null {
  const name = textOption(options, "name");
  if (name === null || NAME.test(name)) return name;
  throw usage(`--name cannot be "${clean(name, 60)}"`, "letters, digits, dots and hyphens, at most 60");
}

function refuseTaken(
  { application }: Context,
  tokens: readonly TokenEntry[],
  name: string,
  now: number,
): void {
  if (!tokens.some((one) => one.name === name && counts(one, now))) return;
  const hint = `${application.calledAs} token revoke ${name}, or another --name`;
  throw refused("E_CONFLICT", `there is a token ${name} already`, hint);
}

function lifeOf(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== null && seconds > 0 && seconds <= EXPIRES_MAX_SECONDS) return seconds;
  throw usage(`--expires cannot be "${clean(text, 40)}"`, "--expires 12h or --expires 30d, at most 365d");
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) if (!taken.includes(`token-${number}`)) return `token-${number}`;
}
