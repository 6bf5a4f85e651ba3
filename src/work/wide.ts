/** An entry point of its own: tables of Unicode that only text beyond ASCII needs. */
import stringWidth from "string-width";

export function wideWidth(text: string): number {
  return stringWidth(text, { countAnsiEscapeCodes: true });
}
