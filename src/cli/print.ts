/**
 * Where everything the command line prints goes through. What comes from outside (names, messages, output of
 * children) is cleaned by `clean` before it is put into a line; the line is written as a whole.
 */
import { styleText } from "node:util";
import { safeLine } from "../work/terminal.ts";
import type { Output } from "./application.ts";

export type Style = "red" | "green" | "yellow" | "blue" | "gray" | "bold";
export type ColourChoice = "auto" | "always" | "never";

type Environment = Readonly<Record<string, string | undefined>>;

export class Printer {
  readonly output: Output;
  readonly hasColour: boolean;

  constructor(output: Output, hasColour: boolean) {
    this.output = output;
    this.hasColour = hasColour;
  }

  get isTerminal(): boolean {
    return this.output.isTerminal;
  }

  /** null: as wide as it likes. */
  get columns(): number | null {
    return this.output.isTerminal ? (this.output.columns ?? 80) : null;
  }

  paint(style: Style, text: string): string {
    return this.hasColour ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ""): void {
    this.output.write(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    if (texts.length > 0) this.output.write(`${texts.join("\n")}\n`);
  }
}

/** Text from outside, fit to stand inside a line. A terminal gets at most `lengthMax` characters of it. */
export function clean(text: string, lengthMax = 200): string {
  return safeLine(text, lengthMax);
}

/** --color, then NO_COLOR, FORCE_COLOR and TERM=dumb, then whether somebody is looking. */
export function usesColour(choice: ColourChoice, output: Output, environment: Environment): boolean {
  if (choice !== "auto") return choice === "always";
  if ((environment.NO_COLOR ?? "") !== "") return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return output.isTerminal && environment.TERM !== "dumb";
}
