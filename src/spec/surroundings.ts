import type { Json, JsonMap } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Role, Workflow } from "../core/workflow.ts";

/** What a workflow is checked against: the agents and rules of the project it stands in. */
export interface Surroundings {
  readonly roles: ReadonlySet<string>;
  /** Reads one of the roles; absent where no file can be read. */
  readonly role?: (name: string) => Result<Role>;
  readonly workers: ReadonlySet<string>;
  readonly environmentPass: readonly string[];
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
  /** Each driver's own check of the parameters, by agent name. */
  readonly checks: ReadonlyMap<string, (parameters: JsonMap) => readonly Problem[]>;
  /** True for files in the project's workflow folders. */
  readonly secretCommandsAllowed: boolean;
  /** Of a sub-workflow: names of the secrets its caller hands down. */
  readonly secretsGiven?: ReadonlySet<string>;
  /** Reads the file an `output_schema` names, relative to the project; absent where no file can be read. */
  readonly schemaFile?: (path: string) => Result<Json>;
  /** Finds the file that a task calls by name or path; absent where no file can be read. */
  readonly callable?: (name: string) => Result<CallableFile>;
  /** Of a file that is read because another calls it. */
  readonly pinning?: Pinning;
}

/** Sub-workflows read for one file: how deep this one lies, and all so far by the words of their calls. */
export interface Pinning {
  readonly depth: number;
  /** null while the file is being read. */
  readonly definitions: Map<string, JsonMap | null>;
  /** By the words of the call and the secrets it hands down; null when there is something wrong with it. */
  readonly workflows: Map<string, Workflow | null>;
}

/** A file that a task may call as a sub-workflow. */
export interface CallableFile {
  /** As shown to people. */
  readonly shown: string;
  readonly bytes: Uint8Array | string;
  /** It lies in the project's workflow folders. */
  readonly isOwn: boolean;
}

export interface Checked {
  readonly workflow: Workflow;
  /** Canonical JSON text without x- keys; `linkDefinition` makes the same workflow from it. */
  readonly definition: string;
  readonly warnings: readonly Problem[];
}

/** What an inline workflow may do, and what is left of its parent's limits. */
export interface InlineRules {
  /** Agents it may use; everything but roles must be named here. */
  readonly allow: ReadonlySet<string>;
  readonly tasksMax: number;
  readonly timeoutSeconds: number;
  readonly maxParallel: number;
  /** null: the parent has no such budget. */
  readonly budget: { readonly usd: number | null; readonly tokens: number | null };
}
