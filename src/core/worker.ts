/** Who does deterministic work (formats.md 5): a manifest, and a program or a part of decapod that does it. */
import type { ErrorTable } from "./error-rule.ts";
import type { JsonMap } from "./json.ts";
import type { SecretSources } from "./secret-source.ts";

/** A manifest as it was when a run began. What it says for its tasks stands in the tasks. */
export interface Worker {
  readonly description: string | null;
  /** JSON Schema of what its tasks give it. */
  readonly parameters: JsonMap;
  /** Program and arguments, with `${ }` over the parameters; null: it is a part of decapod. */
  readonly command: readonly string[] | null;
  /** Where it works, relative to the workspace, with `${ }`; null: the workspace itself. */
  readonly cwd: string | null;
  /** Variables of its program, with `${ }`. */
  readonly env: Readonly<Record<string, string>>;
  readonly output: WorkerOutput;
  /** Variable of its program → where its value comes from. Nobody else gets them. */
  readonly credentials: SecretSources;
  /** What is added to `command` to see what it would do; null: it cannot tell. */
  readonly dryRun: readonly string[] | null;
  /** What its messages mean, before decapod's own table is asked. */
  readonly errors: ErrorTable;
  /** It brings something to where others see it: production is reached with its approval alone. */
  readonly deploys: boolean;
  /** Of the manifest, relative to the project: `./` in `command` begins there. */
  readonly folder: string;
}

/** Beside $DECAPOD_OUTPUT, which every program may write. */
export interface WorkerOutput {
  /** A JSON file that it writes, relative to where it works. */
  readonly file: string | null;
  /** Name → what is found in what it prints: an RE2 pattern whose first group is the value; the last one counts. */
  readonly patterns: Readonly<Record<string, string>>;
  /** What it means that it ended well. */
  readonly values: JsonMap;
}

/** The name under which an attempt gets a credential of its worker: apart from the secrets of workflows. */
export function credentialName(worker: string, variable: string): string {
  return `${worker}.${variable}`;
}

/** By the names under which its attempts get them. */
export function credentialsOf(name: string, { credentials }: Worker): SecretSources {
  return Object.fromEntries(
    Object.entries(credentials).map(([variable, source]) => [credentialName(name, variable), source]),
  );
}
