/** One line of what an agent prints for programs: a JSON object. Whatever it holds, reading it never throws. */
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";

/** A longer line is left out: one result holds at most what a model answers in one go, far below this. */
export const EVENT_BYTES_MAX = 4 * 1024 * 1024;

/** null: no event, but something else that was printed. */
export function readEvent(line: Uint8Array): JsonMap | null {
  // Cheap, and most of what is no event ends here.
  if (line[0] !== 0x7b) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(line).toString("utf8"));
    return isMap(value) ? value : null;
  } catch {
    return null;
  }
}

export function textAt(map: JsonMap, key: string): string | null {
  const value = own(map, key);
  return typeof value === "string" ? value : null;
}

export function numberAt(map: JsonMap, key: string): number | null {
  const value = own(map, key);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function mapAt(map: JsonMap, key: string): JsonMap {
  const value = own(map, key);
  return isMap(value) ? value : {};
}

/** The maps in a list; whatever else stands there is passed over. */
export function mapsAt(map: JsonMap, key: string): readonly JsonMap[] {
  const value: Json | undefined = own(map, key);
  return Array.isArray(value) ? value.filter(isMap) : [];
}
