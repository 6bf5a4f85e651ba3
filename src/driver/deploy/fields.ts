/** Reads the parameters of a deploy by what they hold; what has another form is null. */
import { isMap, type JsonMap, own } from "../../core/json.ts";

export function textAt(map: JsonMap, key: string): string | null {
  const value = own(map, key);
  return typeof value === "string" ? value : null;
}

export function textsAt(map: JsonMap, key: string): readonly string[] | null {
  const value = own(map, key);
  return Array.isArray(value) ? value.map(String) : null;
}

export function numberAt(map: JsonMap, key: string): number | null {
  const value = own(map, key);
  return typeof value === "number" ? value : null;
}

export function mapAt(map: JsonMap, key: string): Readonly<Record<string, string>> {
  const value = own(map, key);
  return isMap(value) ? (value as Readonly<Record<string, string>>) : {};
}
