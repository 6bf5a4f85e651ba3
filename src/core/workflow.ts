/**
 * A workflow after reading, checking and linking: names are integers, expressions are parsed, durations are
 * seconds. Made only by spec/; never changed. Field names follow formats.md section 1 in camelCase.
 */
import type { Expression } from "./expression/expression.ts";
import type { Template } from "./expression/template.ts";
import type { Json, JsonMap } from "./json.ts";
import type { SecretSource } from "./secret-source.ts";
import type { SignificanceRules } from "./significance.ts";
import type { Worker } from "./worker.ts";

export type TriggerRule =
  | "all_success"
  | "all_done"
  | "one_success"
  | "none_failed"
  | "none_failed_min_one_success"
  | "one_failed"
  | "all_failed";

/**
 * How a task is carried out: by an attempt on an arm, or by the engine itself.
 * `attempt` covers roles, workers, shell, notify and http.
 */
export type TaskKind = "attempt" | "approval" | "wait" | "workflow" | "group" | "finish";

/** A value known when the workflow is read, or a template read when it is needed. */
export type Late<T extends number | string | boolean> = T | Template;

export interface Workflow {
  readonly name: string;
  readonly description: string;
  readonly metadata: JsonMap;
  /** sha256 of the canonical definition without x- keys; of a body: `<digest of the file>#<path of the group>`. */
  readonly digest: string;
  /** Tasks in file order; the tasks of the hooks follow from index `size` on. */
  readonly tasks: readonly Task[];
  /** How many of `tasks` are not hooks. */
  readonly size: number;
  readonly hooks: Readonly<Record<HookName, readonly number[]>>;
  /** By task: the gates to production among it and all before it. Here, so that no start of a task has to look for them. */
  readonly gatesBefore: readonly (readonly number[])[];
  /** Task id → index into `tasks`, hooks included. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** What its tasks say of the session they go on with; most say nothing. */
  readonly sessions: readonly Template[];
  readonly params: readonly Param[];
  /** False when the file has no `params` block: then bare names became required string params. */
  readonly paramsDeclared: boolean;
  readonly settings: Settings;
  readonly variables: readonly (readonly [string, Template])[];
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly triggers: readonly JsonMap[];
  readonly outputs: readonly (readonly [string, Template])[] | null;
  /** Of a body: the names of the enclosing workflows it reads, so that they can be handed to the child run. */
  readonly outerNames: readonly string[];
  /** The roles its tasks name, as they were when the run began. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The workers its tasks name, likewise. */
  readonly workers: ReadonlyMap<string, Worker>;
  /** The definitions of the workflows that are called by name or path, here or there, as they were when the run began. */
  readonly workflows: ReadonlyMap<string, JsonMap>;
}

/** An agent's job description. What is null is not said: the driver's default holds. */
export interface Role {
  /** What the agent is told beside its task. */
  readonly instructions: string;
  readonly driver: string | null;
  readonly model: string | null;
  readonly tools: readonly string[] | null;
  readonly deniedTools: readonly string[];
  readonly permission: string | null;
  readonly maxTurns: number | null;
  /** Names of servers of the person's; absent: none. */
  readonly mcpServers?: readonly string[];
  /** Names of skills that it is told, where its task says nothing of them; absent: none. */
  readonly skills?: readonly string[];
  /** By name, those that any task of this role may be told; absent: none. */
  readonly skillTexts?: Readonly<Record<string, string>>;
  /** What it also asks for, and this version does not carry out. */
  readonly unsupported: readonly string[];
}

export type HookName = "on_start" | "on_success" | "on_failure" | "on_complete";

export interface Settings {
  readonly maxParallel: Late<number>;
  readonly timeoutSeconds: Late<number>;
  readonly onFailure: "stop" | "continue";
  readonly budget: BudgetSpec | null;
  readonly concurrency: RunConcurrency | null;
  readonly workspace: WorkspaceSpec | null;
}

export interface Budget {
  readonly usd: number | null;
  readonly tokens: number | null;
}

export interface BudgetSpec {
  readonly usd: Late<number> | null;
  readonly tokens: Late<number> | null;
}

/** What is null is not said. Base and branch only on a run. */
export interface WorkspaceSpec {
  readonly mode: Late<string> | null;
  readonly base: Late<string> | null;
  readonly branch: Late<string> | null;
  readonly merge: Late<string> | null;
  readonly keep: Late<string> | null;
}

export interface RunConcurrency {
  readonly group: Late<string>;
  readonly limit: Late<number>;
  readonly onConflict: "queue" | "cancel_running" | "skip";
}

export interface Param {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "array" | "object";
  readonly description: string;
  readonly required: boolean;
  readonly enum: readonly Json[] | null;
  /** null: no default. */
  readonly default: Template | null;
  /** A glob over the whole text. */
  readonly pattern: string | null;
  /** Of a number its value, of a string its length, of an array its size. */
  readonly min: number | null;
  readonly max: number | null;
}

export interface Task {
  readonly index: number;
  readonly id: string;
  readonly kind: TaskKind;
  /** The agent as written: a role, a worker or a built-in. */
  readonly agent: string;
  readonly hook: HookName | null;
  readonly description: Template | null;
  /** What the agent's own schema checks; of a group without `tasks` and `hooks`. */
  readonly parameters: Template;
  readonly options: Template | null;
  readonly dependencies: readonly number[];
  /** The tasks that name this one as a dependency. */
  readonly successors: readonly number[];
  readonly rule: TriggerRule;
  readonly condition: Expression | boolean | null;
  /** The block as written in `retry`, or null. */
  readonly retry: RetrySpec | null;
  readonly timeout: Late<number> | null;
  readonly idleTimeout: Late<number> | null;
  readonly onFailure: "fail" | "skip" | "retry";
  /** The block that is asked before the task starts. The mode may have been fixed by the environment. */
  readonly approval: ApprovalSpec | null;
  readonly map: MapSpec | null;
  readonly repeat: RepeatSpec | null;
  readonly outputSchema: Json | null;
  readonly expectedOutputs: readonly string[];
  readonly criteria: readonly Criterion[];
  readonly repair: {
    readonly agent: string;
    readonly on: readonly string[];
    readonly max: Late<number>;
  } | null;
  readonly fallback: { readonly agent: string; readonly options: Template | null } | null;
  readonly effect: "idempotent" | "checkable" | "once";
  readonly check: Template | null;
  readonly cache: {
    readonly key: Template | null;
    readonly files: Template | null;
    readonly paths: readonly string[];
  } | null;
  readonly artifacts: Template | null;
  readonly workspace: WorkspaceSpec | null;
  readonly touches: Template | null;
  readonly concurrency: { readonly group: Late<string>; readonly limit: Late<number> } | null;
  readonly session: Template | null;
  readonly rerun: boolean;
  readonly pool: Late<string>;
  readonly labels: Template | null;
  readonly priority: Late<number>;
  /** Name → template; only here (and in credential fields) may `secrets.NAME` stand. */
  readonly env: readonly (readonly [string, Template])[];
  readonly budget: BudgetSpec | null;
  /**
   * What only a person can do something about is put to people as a blocker. Absent: it has failed. Old runs lack it, so it
   * comes from what a run is pinned to, never from the name of an agent alone.
   */
  readonly escalates?: true;
  /** Of kind group: its tasks as a workflow of their own. */
  readonly body: Workflow | null;
  readonly line: number;
}

export interface RetrySpec {
  readonly maxAttempts: Late<number>;
  readonly delaySeconds: Late<number>;
  readonly backoff: "fixed" | "exponential";
  readonly maxDelaySeconds: Late<number> | null;
  readonly jitter: boolean;
  /** Failure classes and `exit:N`; null means the default of formats.md 1.3 (6). */
  readonly on: readonly string[] | null;
}

export interface ApprovalSpec {
  readonly mode: "none" | "ask" | "conditional" | "phrase";
  readonly phrase: string | null;
  readonly message: Template | null;
  /**
   * Of mode conditional: ask when true; null asks. Of mode phrase: null asks always; an expression stands only where
   * the target of a deploy is known at run time, and the phrase is asked for when it is true.
   */
  readonly when: Expression | boolean | null;
  readonly show: Template | null;
  readonly fields: JsonMap | null;
  /** Default approve, reject. */
  readonly choices: readonly string[];
  /** Index of an ancestor. */
  readonly sendBackTo: number | null;
  readonly maxRounds: Late<number>;
  /** Who may decide; null: whoever is asked. */
  readonly approvers: Template | null;
  /** With approvers: whether whoever started the run may be the one who approves. */
  readonly selfApproval: boolean;
  readonly expiresSeconds: Late<number>;
  readonly onExpiry: "reject" | "escalate";
  /** Of an approval task: what a rejection does. */
  readonly onReject: "fail" | "continue";
  /** What is looked at before it is asked; null: nothing, the file says it all. */
  readonly measure: MeasureSpec | null;
}

export interface MeasureSpec {
  /** A deploy: what its parameters say decides which approval holds. */
  readonly isDeploy: boolean;
  /** Of a deploy the block as the file has it; null: it has none. */
  readonly written: ApprovalSpec | null;
  /** Asked when the change is one of these; null: the file names none. */
  readonly significant: SignificanceRules | null;
  /** The change as an earlier task tells it. */
  readonly changed: Template | null;
  /** `show` names a file or the difference, not a value. */
  readonly showsWork: boolean;
}

export type MapSpec = ForeachSpec | MatrixSpec;

export interface ForeachSpec {
  readonly kind: "foreach";
  readonly items: Template;
  readonly as: string;
  readonly where: Expression | null;
  readonly key: Template | null;
  readonly maxParallel: Late<number> | null;
  readonly onFailure: "stop" | "continue" | "ignore";
  readonly minSuccess: Late<number> | null;
}

export interface MatrixSpec {
  readonly kind: "matrix";
  /** Axes in written order, or one template for the whole matrix. */
  readonly axes: readonly (readonly [string, Template])[] | Template;
  readonly include: Template | null;
  readonly exclude: Template | null;
  readonly maxParallel: Late<number> | null;
  readonly onFailure: "stop" | "continue" | "ignore";
}

export interface RepeatSpec {
  readonly until: Expression | boolean;
  readonly max: Late<number>;
  readonly delaySeconds: Late<number>;
  readonly onFailure: "fail" | "continue";
  readonly onExhausted: "fail" | "continue";
}

/** A check on what an attempt gave (formats.md 2). `source` is shown to people. */
export type Criterion =
  | {
      readonly kind: "equals";
      readonly source: string;
      readonly path: readonly string[];
      readonly value: Json;
    }
  | { readonly kind: "present"; readonly source: string; readonly path: readonly string[] }
  | { readonly kind: "empty"; readonly source: string; readonly path: readonly string[] }
  | { readonly kind: "expression"; readonly source: string; readonly expression: Expression };
