/**
 * A workflow file in the one layout: `decapod workflow fmt`. The new text is read again before anybody gets it: it must
 * mean the same, x- keys included, and have the same comments.
 */
import { must } from "../core/invariant.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import { definitionText } from "./digest.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { belowOf, type Form, orderOf, WORKFLOW } from "./format-order.ts";
import { commentsOf, printYaml } from "./format-yaml.ts";
import { readText } from "./read.ts";

export function formatWorkflow(file: string, bytes: Uint8Array | string): Result<string> {
  const before = readText(file, bytes);
  if (!before.ok) return before;
  const { source, value } = before.value;
  const findings = new Findings(source);
  const definition = tidy(value, findings);
  if (findings.problems.length > 0) return bad(...findings.sorted());
  if (!isMap(definition)) {
    return bad({ code: "E_TYPE", message: "a workflow file is a map", hint: "see decapod workflow schema" });
  }
  const isJson = file.toLowerCase().endsWith(".json");
  const text = isJson ? printJson(source.text, WORKFLOW) : printYaml(source.text, WORKFLOW);
  const after = readText(file, text);
  must(after.ok, "a formatted file can be read");
  const again = tidy(after.value.value, new Findings(null));
  must(definitionText(again as JsonMap) === definitionText(definition), "a formatted file means the same");
  must(sorted(after.value.value) === sorted(value), "a formatted file has all that it had");
  must(isJson || equalTexts(commentsOf(text), commentsOf(source.text)), "a formatted file has its comments");
  return good(text);
}

/** Everything of a value, without the order of its keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner as Json)
      ? Object.fromEntries(
          Object.entries(inner as JsonMap).sort(([left], [right]) => (left < right ? -1 : 1)),
        )
      : inner,
  );
}

function equalTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, at) => text === right[at]);
}

/** Numbers stay as they are written: `1.10` has more digits than its value. */
function printJson(text: string, form: Form): string {
  const value = JSON.parse(text, (_key, inner: unknown, { source }: { source?: string } = {}) =>
    typeof inner === "number" && source !== undefined ? RAW.rawJSON(source) : inner,
  ) as unknown;
  return `${JSON.stringify(ordered(value, form), null, 2)}\n`;
}

/** In the language since 2024, not yet in the types that come with the compiler. */
const RAW = JSON as unknown as { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean };

function ordered(value: unknown, form: Form): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || RAW.isRawJSON(value))
    return value;
  const entries = Object.entries(value);
  const agent = (value as JsonMap).agent;
  return Object.fromEntries(
    orderOf(
      form,
      entries.map(([key]) => key),
    ).flatMap((place) => {
      const [key, inner] = entries[place] ?? ["", null];
      return [[key, orderedBelow(inner, key, { form, agent })]];
    }),
  );
}

function orderedBelow(
  value: unknown,
  key: string,
  { form, agent }: { readonly form: Form; readonly agent: unknown },
): unknown {
  const below = belowOf(form, key, agent);
  if (below === null) return value;
  const inner = below.form();
  if (below.through === "map") return ordered(value, inner);
  if (below.through === "list")
    return Array.isArray(value) ? value.map((item) => ordered(item, inner)) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, ordered(item, inner)]));
}
