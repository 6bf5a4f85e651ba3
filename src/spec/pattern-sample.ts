import { isFound } from "./pattern.ts";

/**
 * A short text that a pattern describes, for rehearsals. Knows the common part of RE2's syntax; whoever asks checks
 * the text against the pattern itself.
 */
export function sampleOf(pattern: string, extra: number): string | null {
  try {
    const sampler = new Sampler(pattern, extra);
    const text = sampler.alternatives();
    return sampler.isAtEnd() ? text : null;
  } catch (thrown) {
    if (thrown instanceof Unknown) return null;
    throw thrown;
  }
}

/** A part of the syntax that no sample is made of. Never leaves this file. */
class Unknown extends Error {}

const CLASSES: Readonly<Record<string, string>> = { d: "0", w: "a", s: " ", D: "a", W: "-", S: "a" };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
const EXTRA_MAX = 64;
const LENGTH_MAX = 10_000;
const CANDIDATES = "a0A-_ .:/@x9zZ!#$%&()*+,;<=>?[]^{|}~";

class Sampler {
  private readonly pattern: string;
  private readonly extra: number;
  private at = 0;

  constructor(pattern: string, extra: number) {
    this.pattern = pattern;
    this.extra = Math.min(extra, EXTRA_MAX);
  }

  isAtEnd(): boolean {
    return this.at >= this.pattern.length;
  }

  /** The first alternative; the others are only read. */
  alternatives(): string {
    const first = this.sequence();
    while (this.skip("|")) this.sequence();
    return first;
  }

  private skip(text: string): boolean {
    if (!this.pattern.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private take(): string {
    const character = this.pattern.charAt(this.at);
    this.at += 1;
    return character;
  }

  private sequence(): string {
    let text = "";
    while (
      !this.isAtEnd() &&
      !this.pattern.startsWith("|", this.at) &&
      !this.pattern.startsWith(")", this.at)
    ) {
      const one = this.one();
      text += one.repeat(this.times());
      if (text.length > LENGTH_MAX) throw new Unknown();
    }
    return text;
  }

  private one(): string {
    const character = this.take();
    if (character === "^" || character === "$") return "";
    if (character === ".") return "a";
    if (character === "\\") return this.escape();
    if (character === "[") return this.characterClass();
    if (character !== "(") return character;
    if (!this.skip("?:") && this.pattern.startsWith("?", this.at)) throw new Unknown();
    const text = this.alternatives();
    if (!this.skip(")")) throw new Unknown();
    return text;
  }

  private escape(): string {
    const letter = this.take();
    if (letter === "b" || letter === "A" || letter === "z") return "";
    const known = CLASSES[letter] ?? CONTROLS[letter];
    if (known !== undefined) return known;
    if (/[A-Za-z0-9]/.test(letter)) throw new Unknown();
    return letter;
  }

  /** Some character of a class: the first that its engine takes. */
  private characterClass(): string {
    const start = this.at - 1;
    this.skip("^");
    this.skip("]");
    while (!this.isAtEnd() && !this.skip("]")) this.classPart();
    const written = this.pattern.slice(start, this.at);
    const first = /^\[([^^\\\]])/.exec(written)?.[1] ?? "";
    const found = [...first, ...CANDIDATES].find((character) => isFound(`^${written}$`, character));
    if (found === undefined) throw new Unknown();
    return found;
  }

  private classPart(): void {
    if (this.skip("[:")) {
      while (!this.isAtEnd() && !this.skip(":]")) this.take();
      return;
    }
    if (this.take() === "\\") this.take();
  }

  private times(): number {
    if (this.skip("*") || this.skip("?"))
      return this.lazily(this.pattern[this.at - 1] === "*" ? this.extra : 0);
    if (this.skip("+")) return this.lazily(1 + this.extra);
    const braces = /^\{([0-9]{1,4})(,([0-9]{0,4}))?\}/.exec(this.pattern.slice(this.at, this.at + 12));
    if (braces === null) return 1;
    this.at += braces[0].length;
    const least = Number(braces[1]);
    if (braces[2] === undefined) return this.lazily(least);
    const most = braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3]);
    return this.lazily(Math.min(least + this.extra, most));
  }

  private lazily(count: number): number {
    this.skip("?");
    return count;
  }
}
