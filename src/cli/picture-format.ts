/** What --format asks for of a picture. --json asks for JSON too: nothing else may come of both. */
import { type Context, type Options, textOption } from "./context.ts";
import { clean } from "./print.ts";
import { usage } from "./refusal.ts";

/** Without either option it is the first of them. */
export function formatAsked<Format extends string>(
  { globals }: Context,
  options: Options,
  formats: readonly [Format, ...Format[]],
): Format {
  const [first] = formats;
  const asked = textOption(options, "format") ?? (globals.json ? "json" : first);
  const format = formats.find((one) => one === asked);
  if (format === undefined)
    throw usage(`--format cannot be "${clean(asked, 40)}"`, `--format ${formats.join("|")}`);
  if (globals.json && format !== "json")
    throw usage(`--json prints JSON, and --format ${format} does not`, "leave one of them out");
  return format;
}
