/** decapod send-back: has work done again before it is decided on. */
import { type Context, type Options, textOption } from "../context.ts";
import { decide } from "../deciding/deciding.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  return decide(context, words[0] ?? null, {
    choice: "send_back",
    comment: textOption(options, "comment"),
    set: [],
    phrase: null,
    to: textOption(options, "to"),
    tokenFile: textOption(options, "tokenFile"),
  });
}
