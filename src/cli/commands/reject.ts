/** decapod reject: says no. */
import { type Context, type Options, textOption } from "../context.ts";
import { decide } from "../deciding/deciding.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  return decide(context, words[0] ?? null, {
    choice: "reject",
    comment: textOption(options, "comment"),
    set: [],
    phrase: null,
    to: null,
    tokenFile: textOption(options, "tokenFile"),
  });
}
