/** Values as YAML for somebody to change: one that `readYaml` reads again, with no alias and no folded line. */
import { stringify } from "yaml";
import type { JsonMap } from "../core/json.ts";

export function writeYaml(values: JsonMap): string {
  return stringify(values, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false });
}
