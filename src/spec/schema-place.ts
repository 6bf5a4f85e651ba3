import { isMap, type Json, own } from "../core/json.ts";

/** The JSON pointer of a place; empty for the whole. */
export function pointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** What a local `$ref` points to; undefined when there is nothing. */
export function referenced(root: Json, reference: string): Json | undefined {
  let value: Json | undefined = root;
  for (const part of reference.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) value = /^(?:0|[1-9][0-9]*)$/.test(key) ? value[Number(key)] : undefined;
    else value = value !== undefined && isMap(value) ? own(value, key) : undefined;
  }
  return value;
}
