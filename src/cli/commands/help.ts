/** decapod help TOPIC: the pages that belong to no single command. */
import { EXIT } from "../../core/problem.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Context, Options } from "../context.ts";
import { printPage } from "../page.ts";
import { clean } from "../print.ts";
import { usage } from "../refusal.ts";
import type { CommandTable } from "../registry/words.ts";
import { TOPIC_NAMES } from "../topic-names.ts";
import { topicText } from "../topics.ts";

export async function action(
  context: Context,
  words: readonly string[],
  _options: Options,
  { commands }: CommandTable,
): Promise<number> {
  const [asked = ""] = words;
  const topic = TOPIC_NAMES.find((name) => name === asked);
  if (topic !== undefined) {
    printPage(context, topicText(topic, context.out.columns));
    return EXIT.done;
  }
  const known = [...TOPIC_NAMES, ...commands.map(({ name }) => name)];
  throw usage(
    `there is no help on "${clean(asked, 40)}"`,
    `${context.application.calledAs} help ${nearest(asked, known) ?? TOPIC_NAMES.join("|")}`,
  );
}
