/** Hugo takes shortcodes out of a body before anything reads it as Markdown; so do we, sign for sign. */

interface Tag {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly kind: "opens" | "closes" | "alone";
  /** `{{% %}}`: what it encloses is Markdown of the page. */
  readonly isMarkdown: boolean;
}

/** The text with every sign of a shortcode, and of what `{{< x >}} … {{< /x >}}` encloses, as an `x`. Lines stay lines. */
export function withoutShortcodes(text: string): string {
  const ranges = rangesOf(tagsOf(text));
  let made = "";
  let at = 0;
  for (const [start, end] of ranges) {
    if (end <= at) continue;
    made += text.slice(at, Math.max(at, start));
    made += text.slice(Math.max(at, start), end).replace(/[^\r\n]/g, "x");
    at = end;
  }
  return made + text.slice(at);
}

function tagsOf(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (let start = text.indexOf("{{"); start !== -1; ) {
    const tag = tagAt(text, start);
    if (tag !== null) tags.push(tag);
    start = text.indexOf("{{", tag?.end ?? start + 2);
  }
  return tags;
}

function tagAt(text: string, start: number): Tag | null {
  const mark = text[start + 2];
  if (mark !== "<" && mark !== "%") return null;
  const closing = mark === "<" ? ">}}" : "%}}";
  const inside = insideEnd(text, start + 3, closing);
  if (inside === null) return null;
  const [, slash = "", name = ""] = /^\s*(\/?)\s*([^\s/>%]*)/.exec(text.slice(start + 3, inside)) ?? [];
  const isAlone =
    name === "" ||
    text
      .slice(start + 3, inside)
      .trimEnd()
      .endsWith("/");
  const kind = slash === "/" ? "closes" : isAlone ? "alone" : "opens";
  return { start, end: inside + closing.length, name, kind, isMarkdown: mark === "%" };
}

/** Where the closing mark stands; not one inside of quotes. */
function insideEnd(text: string, from: number, closing: string): number | null {
  const end = text.indexOf(closing, from);
  if (end === -1) return null;
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (quote !== "") {
      if (sign === "\\" && quote === '"') at += 1;
      else if (sign === quote) quote = "";
    } else if (sign === '"' || sign === "`") quote = sign;
    else if (text.startsWith(closing, at)) return at;
    else if (text.startsWith("{{", at)) return end;
  }
  return end;
}

/** Of the tags, and from an opening one to the one that closes it. */
function rangesOf(tags: readonly Tag[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = tags.map(({ start, end }) => [start, end]);
  const open = new Map<string, number[]>();
  for (const { start, end, name, kind, isMarkdown } of tags) {
    if (isMarkdown || kind === "alone") continue;
    const starts = open.get(name) ?? [];
    open.set(name, starts);
    const opened = kind === "closes" ? starts.pop() : undefined;
    if (opened !== undefined) ranges.push([opened, end]);
    if (kind === "opens") starts.push(start);
  }
  return ranges.sort(([left, leftEnd], [right, rightEnd]) => left - right || rightEnd - leftEnd);
}
