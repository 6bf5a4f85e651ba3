/** A text that answers by itself: help, the version. With --json it is the one document that is printed. */
import type { Context } from "./context.ts";
import { jsonText } from "./json.ts";

export function printPage({ globals, out }: Context, text: string): void {
  const document = { schemaVersion: 1, text: text.trimEnd() };
  if (globals.json) out.line(jsonText(document));
  else out.line(globals.jsonl ? JSON.stringify(document) : document.text);
}
