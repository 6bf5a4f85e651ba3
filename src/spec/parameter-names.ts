import { isMap, type JsonMap } from "../core/json.ts";

/** Of a schema of parameters: the names it knows. */
export function parameterNames(schema: JsonMap): readonly string[] {
  return Object.keys(isMap(schema.properties) ? schema.properties : {});
}
