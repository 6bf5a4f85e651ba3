/** Values as YAML for somebody to change: one that `readYaml` reads again, with no alias and no folded line. */
import { Document, visit } from "yaml";
import type { JsonMap } from "../core/json.ts";

/**
 * Texts that readers of YAML 1.1, as Python has one, take for something else when they stand without quotes: yes and no,
 * numbers with `_` or `:`, dates, and the signs of its own.
 */
const OTHER_IN_OLD_YAML =
  /^(?:y|n|yes|no|on|off|=|<<|[-+]?(?:0b[01_]+|0x[\da-f_]+|[\d_]+(?::[0-5]?\d)*(?:\.[\d_]*)?(?:e[-+]?\d+)?|\.[\d_]+)|\d{4}-\d\d?-\d\d?(?:[t \t].*)?)$/i;
/** Such a reader ends a text without quotes there, and takes no tab after it. */
const TAB_IN_A_LINE = /^[^\n]*\t[^\n]*$/;
/** What such readers take for the end of a line, or do not take at all: escaped, which can be done between quotes alone. */
const UNPRINTED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/gu;

export function writeYaml(values: JsonMap): string {
  const document = new Document(values, { version: "1.2", schema: "core", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_place, node) => {
      if (typeof node.value === "string" && needsQuotes(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 }).replace(UNPRINTED, escaped);
}

function needsQuotes(text: string): boolean {
  return OTHER_IN_OLD_YAML.test(text) || TAB_IN_A_LINE.test(text) || text.search(UNPRINTED) >= 0;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
