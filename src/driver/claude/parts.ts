import type { JsonMap } from "../../core/json.ts";
import { mapAt, mapsAt, textAt } from "../agent/event.ts";

/** The parts of a message; a text alone is one part. */
export function partsOf(event: JsonMap): readonly JsonMap[] {
  const message = mapAt(event, "message");
  const text = textAt(message, "content");
  return text === null ? mapsAt(message, "content") : [{ type: "text", text }];
}
