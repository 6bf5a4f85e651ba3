/** Workflows that were pinned with the one that calls them, as they will run. */
import type { JsonMap } from "../core/json.ts";
import type { Workflow } from "../core/workflow.ts";
import { definitionText } from "./digest.ts";
import { pinnedDefinition } from "./pin-workflows.ts";
import type { Called } from "./startable.ts";
import type { Checked, Surroundings } from "./surroundings.ts";
import { linkDefinition } from "./workflow-file.ts";

/** Each pinned definition is linked once, however many items call it. */
const LINKED = new WeakMap<JsonMap, Checked>();

/** A definition was checked when it was pinned, so nothing is asked of what is around it. */
const NOTHING_ASKED: Surroundings = {
  roles: new Set(),
  workers: new Set(),
  environmentPass: [],
  checks: new Map(),
  secretCommandsAllowed: true,
};

/** With the secrets that the call hands down among its own; null: it was not pinned. */
export function pinnedCall({ name, secrets }: Called, pinned: Workflow["workflows"]): Checked | null {
  const key = pinned.get(name);
  const checked = key === undefined ? null : (LINKED.get(key) ?? linked(name, key, pinned));
  if (checked === null) return null;
  const { workflow } = checked;
  return { ...checked, workflow: { ...workflow, secrets: { ...workflow.secrets, ...secrets } } };
}

function linked(name: string, key: JsonMap, pinned: Workflow["workflows"]): Checked {
  const text = definitionText(pinnedDefinition(pinned, name) ?? key);
  const checked = { workflow: linkDefinition(text, NOTHING_ASKED), definition: text, warnings: [] };
  LINKED.set(key, checked);
  return checked;
}
