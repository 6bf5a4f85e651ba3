/** decapod approve: says yes, or whatever else the decision offers. */
import { type Context, listOption, type Options, textOption } from "../context.ts";
import { decide } from "../deciding/deciding.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  return decide(context, words[0] ?? null, {
    choice: textOption(options, "choice") ?? "approve",
    comment: textOption(options, "comment"),
    set: listOption(options, "set"),
    phrase: textOption(options, "phrase"),
    to: null,
    tokenFile: textOption(options, "tokenFile"),
  });
}
