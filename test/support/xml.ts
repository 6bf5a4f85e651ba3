/** Whether a text is well-formed XML of the plain kind that pictures are made of, and what it is made of. */
import assert from "node:assert/strict";

export interface Xml {
  readonly names: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
}

export function wellFormed(text: string): Xml {
  const names = new Set<string>();
  const attributes = new Set<string>();
  const open: string[] = [];
  let at = 0;
  for (const tag of text.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)\s*(\/?)>/g)) {
    between(text.slice(at, tag.index));
    at = tag.index + tag[0].length;
    const [, close, name = "", written = "", isEmpty] = tag;
    if (close === "/") assert.equal(open.pop(), name);
    else if (isEmpty !== "/") open.push(name);
    names.add(name);
    for (const [, attribute = ""] of written.matchAll(/([\w:-]+)="/g)) attributes.add(attribute);
  }
  between(text.slice(at));
  assert.deepEqual(open, []);
  return { names, attributes };
}

function between(text: string): void {
  assert.doesNotMatch(text.replace(/&#\d+;/g, ""), /[<&]/, text.slice(0, 200));
}
