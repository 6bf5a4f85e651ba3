/** A task inside a group or sub-workflow that holds paths touches nothing else (core/grant.ts says why). */
import { outsideOf } from "../core/grant.ts";
import type { Json, JsonMap } from "../core/json.ts";
import type { Level, RawTask } from "./level.ts";
import type { Place } from "./link-text.ts";

/** Paths that are written out; those with `${ }` are judged when they are read. */
export function checkTouches({ touches }: JsonMap, place: Place): void {
  const { level } = place;
  const group = groupAround(level);
  if (touches === undefined || group === null) return;
  const outer = textsOf(group.value.touches);
  if (outer.some(isLate)) return;
  const outside = outsideOf(
    outer,
    textsOf(touches).filter((one) => !isLate(one)),
  );
  if (outside.length === 0) return;
  const message = `${outside.join(", ")} lies outside of what group ${String(group.value.id)} touches: ${outer.join(", ")}`;
  level.root.findings.add(
    "E_FIELD_CONTEXT",
    { path: [...place.path, "touches"] },
    { message, hint: "name it in the touches of the group too" },
  );
}

/** The nearest group around this level that holds paths. */
function groupAround({ parent, host }: Level): RawTask | null {
  if (parent === null) return null;
  const group = parent.raws[host];
  return group?.value.touches === undefined ? groupAround(parent) : group;
}

function textsOf(value: Json | undefined): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isLate(text: string): boolean {
  return text.includes("${");
}
