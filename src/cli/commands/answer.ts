/** decapod answer: says in words what an agent asked for. */
import { type Context, type Options, textOption } from "../context.ts";
import { decide } from "../deciding/deciding.ts";
import { usage } from "../refusal.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const [decision = null, ...others] = words;
  const text = others.join(" ").trim();
  if (text === "")
    throw usage("an answer is needed", `${context.application.calledAs} answer a-93fk "the blue one"`);
  return decide(context, decision, {
    choice: "answer",
    comment: text,
    set: [],
    phrase: null,
    to: null,
    tokenFile: textOption(options, "tokenFile"),
  });
}
