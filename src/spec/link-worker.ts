/** Whether the parameters of a worker's task are what its manifest asks for, as far as no expression gives them. */
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { below, type Place } from "./link-text.ts";
import { nearest } from "./nearest.ts";
import { parameterNames } from "./parameter-names.ts";
import { misfits } from "./schema-fit.ts";

export function checkWorker(agent: string, parameters: JsonMap, place: Place): void {
  const { surroundings, findings } = place.level.root;
  const read = surroundings.worker?.(agent);
  if (read?.ok !== true) return;
  const schema = read.value.worker.parameters;
  const properties = isMap(schema.properties) ? schema.properties : {};
  const names = parameterNames(schema);
  for (const [name, value] of Object.entries(parameters)) {
    const at = below(place, name);
    const asked = own(properties, name);
    if (asked === undefined && !takesOthers(schema)) {
      const hint = nearest(name, names) ?? `it takes ${names.join(", ") || "none"}`;
      const message = `${agent} takes no parameter ${name}`;
      findings.add("E_UNKNOWN_KEY", { path: at.path, part: "key" }, { message, hint });
    } else if (asked !== undefined && !isLate(value)) {
      for (const { path, message } of misfits(schema, value, asked).slice(0, 5))
        findings.add("E_ARG", { path: at.path }, { message: `${name}${path} ${message}` });
    }
  }
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  for (const name of required) {
    if (own(parameters, name) !== undefined) continue;
    const message = `${agent} needs the parameter ${name}`;
    findings.add(
      "E_REQUIRED",
      { path: [...place.path, name] },
      { message, hint: `parameters: { ${name}: … }` },
    );
  }
}

/** What the schema leaves open is refused, unless it says otherwise: a misspelled name would do nothing, in silence. */
export function takesOthers({ additionalProperties }: JsonMap): boolean {
  return additionalProperties !== undefined && additionalProperties !== false;
}

function isLate(value: Json): boolean {
  if (typeof value === "string") return value.includes("${");
  if (Array.isArray(value)) return value.some(isLate);
  return isMap(value) && Object.values(value).some(isLate);
}
