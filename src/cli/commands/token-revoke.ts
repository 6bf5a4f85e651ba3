/** decapod token revoke: a token decides nothing from now on. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { changeTokens, counts, type TokenEntry } from "../../server/person-tokens.ts";
import type { Context, Options } from "../context.ts";
import { stateOf, tokenPlace } from "../deciding/tokens.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out } = context;
  const [name = ""] = words;
  const now = application.clock.wall();
  take(changeTokens(tokenPlace(context, "outside"), now, (tokens) => revoked(context, tokens, name, now)));
  const document = { name, revokedAt: instant(now) };
  if (globals.json) out.line(jsonText({ schemaVersion: 1, token: document }));
  else if (globals.jsonl) out.line(JSON.stringify({ schemaVersion: 1, token: document }));
  else out.line(`${out.paint("green", "✓")} token ${name} revoked`);
  return EXIT.done;
}

function revoked(
  { application }: Context,
  tokens: readonly TokenEntry[],
  name: string,
  now: number,
): readonly TokenEntry[] {
  const named = tokens.filter((one) => one.name === name);
  const found = named.find((one) => counts(one, now));
  if (found !== undefined) return tokens.map((one) => (one === found ? { ...found, revokedAt: now } : one));
  const last = named.at(-1);
  const why =
    last === undefined
      ? `there is no token ${clean(name, 60)}`
      : `the token ${name} is ${stateOf(last, now)} already`;
  throw refused("E_NOT_FOUND", why, `${application.calledAs} token list`);
}
