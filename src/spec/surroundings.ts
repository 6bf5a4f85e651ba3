import type { Json, JsonMap } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Worker } from "../core/worker.ts";
import type { Role, Workflow } from "../core/workflow.ts";
import type { Names } from "./late-names.ts";
import type { Targets } from "./target.ts";

/** What a workflow is checked against: the agents and rules of the project it stands in. */
export interface Surroundings {
  readonly roles: Names;
  /** Reads one of the roles; absent where no file can be read. */
  readonly role?: (name: string) => Result<Role>;
  /** Reads what one of them says for its tasks. */
  readonly roleFields?: (name: string) => RoleFields;
  /** Reads the text of a skill; absent where no file can be read. */
  readonly skill?: (name: string) => Result<string>;
  /** Of a file that a run is started with: absent for one that is read while a run goes on. */
  readonly worktrees?: WorktreesByRole;
  readonly workers: Names;
  /** Reads the manifest of one of them; absent where no file can be read. */
  readonly worker?: (name: string) => Result<WorkerFile>;
  readonly environmentPass: readonly string[];
  /** Failure classes of the project's own; absent: none. */
  readonly failureClasses?: readonly string[];
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
  /** Each driver's own check of the parameters, by agent name. */
  readonly checks: ReadonlyMap<string, DriverCheck>;
  /** Where the project says that deploys go; absent: nowhere. */
  readonly targets?: Targets;
  /** Whether what a deploy with these parameters reaches is production, whatever name it has; absent: by its name alone. */
  readonly isProduction?: (parameters: JsonMap) => boolean;
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

export type DriverCheck = (parameters: JsonMap, targets: Targets) => readonly Problem[];
/** A manifest that was read. */
export interface WorkerFile {
  readonly worker: Worker;
  /** What it says for its tasks, by the names it has there. */
  readonly fields: JsonMap;
}

/** What a role says for its tasks. */
export interface RoleFields {
  /** By the names they have in a task; without those that are wrong. */
  readonly fields: JsonMap;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Worktrees that tasks have because their role says so. */
export interface WorktreesByRole {
  /** Whether there can be any: the project lies in a repository with a commit. */
  readonly isPossible: () => boolean;
  /** Whether a task was given one for the run at the top to merge. */
  isUsed: boolean;
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
