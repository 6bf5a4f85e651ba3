/** Where the secrets of a run come from (formats.md 1.5): its own file, and what its parent hands down. Never a value. */

import type { RunStarted } from "./event.ts";
import { present } from "./invariant.ts";
import type { SecretSource, SecretSources } from "./secret-source.ts";
import type { Workflow } from "./workflow.ts";

interface Holder {
  readonly workflow: Workflow;
  readonly start: RunStarted;
}

/** What is handed down goes before what the file declares under the same name, as a given param before its default. */
export function secretSource({ workflow, start }: Holder, name: string): SecretSource {
  const given = start.secrets ?? {};
  const sources = Object.hasOwn(given, name) ? given : workflow.secrets;
  return present(Object.hasOwn(sources, name) ? sources[name] : undefined, `the secret ${name} is declared`);
}

/** The secrets a run has for a sub-workflow: those that the call names, and nothing else. */
export function handedDown(parent: Holder, names: readonly string[]): SecretSources {
  return Object.fromEntries(names.map((name) => [name, secretSource(parent, name)]));
}
