/** decapod token list: the tokens there are, never what they say. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { readTokens } from "../../server/person-tokens.ts";
import { type Context, hint, type Options } from "../context.ts";
import { stateOf, tokenPlace } from "../deciding/tokens.ts";
import { jsonText } from "../json.ts";
import { take } from "../refusal.ts";
import { printTable } from "../table.ts";
import { localTime } from "../text.ts";

export async function action(
  context: Context,
  _words: readonly string[],
  _options: Options,
): Promise<number> {
  const { globals, out, application } = context;
  const tokens = take(readTokens(tokenPlace(context, "anybody")));
  const now = application.clock.wall();
  const documents = tokens.map((one) => ({
    name: one.name,
    user: one.user,
    state: stateOf(one, now),
    createdAt: instant(one.createdAt),
    expiresAt: instant(one.expiresAt),
    revokedAt: one.revokedAt === null ? null : instant(one.revokedAt),
  }));
  if (globals.json) out.line(jsonText({ schemaVersion: 1, tokens: documents }));
  else if (globals.jsonl) out.lines(documents.map((one) => JSON.stringify(one)));
  else if (tokens.length > 0) {
    const time = localTime();
    const rows = tokens.map((one) =>
      [one.name, one.user, stateOf(one, now), time.date(one.createdAt), time.date(one.expiresAt)].map(
        (text) => ({ text }),
      ),
    );
    printTable(out, { headers: ["TOKEN", "USER", "STATE", "MADE", "EXPIRES"], rows }, globals.wide);
  }
  if (tokens.length === 0) hint(context, `there are no tokens; make one: ${application.calledAs} token new`);
  return EXIT.done;
}
