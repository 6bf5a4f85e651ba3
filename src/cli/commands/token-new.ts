/** decapod token new: a token of this person's, shown once. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { sha256 } from "../../port/hash.ts";
import { counts, TOKEN_BYTES, tokenText, writeTokens } from "../../server/person-tokens.ts";
import { secondsOf } from "../../spec/seconds.ts";
import { type Context, hint, type Options, textOption } from "../context.ts";
import { openTokens } from "../deciding/tokens.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { refused, take, usage } from "../refusal.ts";
import { localTime } from "../text.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const EXPIRES = "30d";
const EXPIRES_MAX_SECONDS = 365 * 86_400;

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const lifeMs = lifeOf(textOption(options, "expires") ?? EXPIRES) * 1000;
  const { place, tokens, now } = openTokens(context, "at a terminal");
  const name = textOption(options, "name") ?? freeName(tokens.map((one) => one.name));
  if (!NAME.test(name))
    throw usage(`--name cannot be "${clean(name, 60)}"`, "letters, digits, dots and hyphens, at most 60");
  if (tokens.some((one) => one.name === name && counts(one, now)))
    throw refused(
      "E_CONFLICT",
      `there is a token ${name} already`,
      `decapod token revoke ${name}, or another --name`,
    );
  const token = tokenText(application.random.bytes(TOKEN_BYTES));
  const expiresAt = now + lifeMs;
  const entry = {
    name,
    sha256: sha256(token),
    user: application.user,
    createdAt: now,
    expiresAt,
    revokedAt: null,
  };
  take(writeTokens(place, [...tokens, entry], now));
  const document = { name, token, expiresAt: instant(expiresAt) };
  if (globals.json) out.line(jsonText({ schemaVersion: 1, token: document }));
  else if (globals.jsonl) out.line(JSON.stringify({ schemaVersion: 1, token: document }));
  else out.line(token);
  hint(context, `token ${name}, until ${localTime().date(expiresAt)}; it is not shown again`);
  hint(
    context,
    `keep it outside the project in a file of mode 600, then: ${application.calledAs} approve --token-file FILE`,
  );
  return EXIT.done;
}

function lifeOf(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== null && seconds > 0 && seconds <= EXPIRES_MAX_SECONDS) return seconds;
  throw usage(`--expires cannot be "${clean(text, 40)}"`, "--expires 12h or --expires 30d, at most 365d");
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) if (!taken.includes(`token-${number}`)) return `token-${number}`;
}
