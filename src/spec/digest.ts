import type { JsonMap } from "../core/json.ts";
import { sha256 } from "../port/hash.ts";

/**
 * The text a definition is pinned by. Its keys are sorted already (document.ts), except in maps whose written order
 * means something, such as the axes of a matrix: so a change of layout keeps the digest and a change of meaning never does.
 */
export function definitionText(definition: JsonMap): string {
  return JSON.stringify(definition);
}

export function digestOf(definitionText: string): string {
  return sha256(definitionText);
}
