/**
 * Globs over a whole text: `*` anything but a slash, `**` anything, `?` one character but a slash, `[abc]` and
 * `[!abc]` one of a set, `{a,b}` one of several, `\` takes a sign as it is. Linear in the text for every pattern:
 * the states of all ways through the pattern are kept side by side, so nothing is tried twice.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const nodes = compile(pattern);
  return (text) => {
    let states = follow(nodes, new Set([0]));
    for (const character of text) {
      if (states.size === 0) return false;
      states = follow(nodes, step(nodes, states, character));
    }
    return states.has(nodes.length);
  };
}

/** The bracket or brace that a pattern opens and never closes, or null. */
export function unclosed(pattern: string): "[" | "{" | null {
  const plain = pattern.replace(/\\./g, "");
  const rest = plain.replace(/\[[!^]?.[^\]]*\]/g, "");
  if (rest.includes("[")) return "[";
  return rest.split("{").length === rest.split("}").length ? null : rest.lastIndexOf("{") >= 0 ? "{" : null;
}

/** One state of the automaton; its number is its place. The state behind the last is the end. */
type Node =
  | { readonly kind: "one"; readonly accepts: (character: string) => boolean }
  | { readonly kind: "many"; readonly accepts: (character: string) => boolean }
  | { readonly kind: "jump"; to: readonly number[] };

const BRACES_MAX = 1000;

function compile(pattern: string): readonly Node[] {
  const nodes: Node[] = [];
  new Compiler(pattern, nodes).sequence(false);
  return nodes;
}

class Compiler {
  private readonly signs: readonly string[];
  private readonly nodes: Node[];
  private at = 0;

  constructor(pattern: string, nodes: Node[]) {
    this.signs = [...pattern];
    this.nodes = nodes;
  }

  /** Up to the end, or inside braces up to a comma or the closing brace, which it leaves. */
  sequence(isInBraces: boolean): void {
    while (this.at < this.signs.length) {
      const sign = this.signs[this.at] as string;
      if (isInBraces && (sign === "," || sign === "}")) return;
      this.at += 1;
      this.part(sign);
    }
  }

  private part(sign: string): void {
    if (sign === "*") this.star();
    else if (sign === "?") this.one((character) => character !== "/");
    else if (sign === "[") this.set();
    else if (sign === "{" && this.closes("}") && this.nodes.length < BRACES_MAX) this.braces();
    else if (sign === "\\" && this.at < this.signs.length) this.letter(this.signs[this.at++] ?? "");
    else this.letter(sign);
  }

  private letter(sign: string): void {
    this.one((character) => character === sign);
  }

  private one(accepts: (character: string) => boolean): void {
    this.nodes.push({ kind: "one", accepts });
  }

  private star(): void {
    let isDouble = false;
    while (this.signs[this.at] === "*") {
      isDouble = true;
      this.at += 1;
    }
    // `**/` also matches nothing: `**/a` finds `a` at the top.
    if (isDouble && this.signs[this.at] === "/") {
      this.at += 1;
      const jump: Node = { kind: "jump", to: [] };
      this.nodes.push(jump);
      this.nodes.push({ kind: "many", accepts: () => true });
      this.letter("/");
      jump.to = [this.nodes.length - 2, this.nodes.length];
      return;
    }
    this.nodes.push({ kind: "many", accepts: isDouble ? () => true : (character) => character !== "/" });
  }

  private closes(sign: string): boolean {
    return this.signs.indexOf(sign, this.at) !== -1;
  }

  private set(): void {
    const end = this.signs.indexOf("]", this.at + 1);
    if (end === -1) return this.letter("[");
    const isNegated = this.signs[this.at] === "!" || this.signs[this.at] === "^";
    const members = this.signs.slice(this.at + (isNegated ? 1 : 0), end);
    this.at = end + 1;
    this.one((character) => character !== "/" && isMember(members, character) !== isNegated);
  }

  private braces(): void {
    const start: Node = { kind: "jump", to: [] };
    this.nodes.push(start);
    const starts: number[] = [];
    const ends: { kind: "jump"; to: readonly number[] }[] = [];
    for (let isOpen = true; isOpen; ) {
      starts.push(this.nodes.length);
      this.sequence(true);
      const end = { kind: "jump" as const, to: [] };
      this.nodes.push(end);
      ends.push(end);
      isOpen = this.signs[this.at] === ",";
      this.at += 1;
    }
    start.to = starts;
    for (const end of ends) end.to = [this.nodes.length];
  }
}

function isMember(members: readonly string[], character: string): boolean {
  for (let index = 0; index < members.length; index += 1) {
    const from = members[index] as string;
    const to =
      members[index + 1] === "-" && index + 2 < members.length ? (members[index + 2] as string) : from;
    if (character >= from && character <= to) return true;
    if (to !== from) index += 2;
  }
  return false;
}

/** The states that are reached without reading a character. */
function follow(nodes: readonly Node[], states: Set<number>): Set<number> {
  for (const state of states) {
    const node = nodes[state];
    if (node?.kind === "many") states.add(state + 1);
    if (node?.kind === "jump") for (const to of node.to) states.add(to);
  }
  return states;
}

function step(nodes: readonly Node[], states: ReadonlySet<number>, character: string): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    const node = nodes[state];
    if (node === undefined || node.kind === "jump" || !node.accepts(character)) continue;
    next.add(node.kind === "many" ? state : state + 1);
  }
  return next;
}
