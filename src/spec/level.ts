/** One level of a workflow while it is linked: the file itself, or the body of a group inside it. */

import type { Reference } from "../core/expression/expression.ts";
import type { JsonMap } from "../core/json.ts";
import type { Worker } from "../core/worker.ts";
import type { HookName, Param } from "../core/workflow.ts";
import type { Findings } from "./findings.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RawTask {
  /** With the fields that `defaults` adds. */
  readonly value: JsonMap;
  readonly written: JsonMap;
  readonly path: Path;
  readonly hook: HookName | null;
}

export interface Level {
  readonly root: Root;
  readonly parent: Level | null;
  /** Index of the group in the parent; -1 for the file. */
  readonly host: number;
  /** Ids of the groups down to here. */
  readonly names: readonly string[];
  /** Tasks, then hooks. */
  readonly raws: readonly RawTask[];
  readonly size: number;
  readonly ids: ReadonlyMap<string, number>;
  readonly dependencies: readonly (readonly number[])[];
  /** Tasks that wait for something that could not be read or does not exist. */
  readonly broken: ReadonlySet<number>;
  readonly bodies: Map<number, Level>;
  readonly uses: Use[];
  /** Names of outer levels read here; the same array as the linked body's `outerNames`. */
  readonly outerNames: string[];
}

/** What belongs to the whole file. */
export interface Root {
  readonly findings: Findings;
  readonly surroundings: Surroundings;
  readonly digest: string;
  readonly name: string;
  /** A checked definition: what depends on the surroundings of today is not asked again. */
  readonly isTrusted: boolean;
  readonly defaults: JsonMap;
  /** Every id of the file with its place, for uniqueness and hints. */
  readonly places: Map<
    string,
    { readonly id: string; readonly path: Path; readonly names: readonly string[] }
  >;
  /** Ids that stand twice. */
  readonly duplicates: Set<string>;
  /** Levels with a cycle, by their ids. */
  readonly cyclic: Set<ReadonlyMap<string, number>>;
  /** Concurrency groups of tasks that are written out, with the limit of their first user. */
  readonly groupLimits: Map<string, { readonly limit: number; readonly line: number }>;
  readonly params: Map<string, Param>;
  readonly paramsDeclared: boolean;
  readonly variables: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** As they were pinned. */
  readonly workers: ReadonlyMap<string, Worker>;
}

/** Which names an expression may use at its place. */
export interface Rule {
  /** Which tasks may be named: those that have ended for certain, all, or none. */
  readonly tasks: "ancestors" | "all" | "none";
  /** Also the task itself, and of a group its body. */
  readonly self?: boolean;
  /** item, index, key, matrix, iteration, previous of the task it stands in. */
  readonly locals: boolean;
  readonly secrets?: boolean;
  /** `run` also has its end. */
  readonly atEnd?: boolean;
  /** Only what is known before a run starts. */
  readonly triggerOnly?: boolean;
}

export const FIELD: Rule = { tasks: "ancestors", locals: true };
/** Read once, before there are items. */
const ONCE: Rule = { tasks: "ancestors", locals: false };
const ENVIRONMENT: Rule = { tasks: "ancestors", locals: true, secrets: true };
/** Numbers, labels, pool, touches, workspace: read before the task may start. */
const EARLY: Rule = { tasks: "none", locals: true };
const UNTIL: Rule = { tasks: "all", locals: true, self: true };
export const OUTPUTS: Rule = { tasks: "all", locals: false, atEnd: true };
export const AT_START: Rule = { tasks: "none", locals: false };
export const TRIGGER: Rule = { tasks: "none", locals: false, triggerOnly: true };

/** The rule of a hook's field: all tasks have ended. */
export function inHook(rule: Rule): Rule {
  return { ...rule, tasks: rule.tasks === "none" ? "none" : "all", atEnd: true };
}

/** The rules of a task's fields, made once. */
export interface Rules {
  readonly field: Rule;
  readonly once: Rule;
  readonly environment: Rule;
  readonly early: Rule;
  readonly until: Rule;
}

export const TASK_RULES: Rules = {
  field: FIELD,
  once: ONCE,
  environment: ENVIRONMENT,
  early: EARLY,
  until: UNTIL,
};
export const HOOK_RULES: Rules = {
  field: inHook(FIELD),
  once: inHook(ONCE),
  environment: inHook(ENVIRONMENT),
  // What the run has used goes on while the hook runs, and these are read again after each try.
  early: EARLY,
  until: inHook(UNTIL),
};

/** One name in one expression, to be resolved when all names are known. */
export interface Use {
  readonly reference: Reference;
  /** The text it stands in, and where that lies. */
  readonly text: string;
  readonly path: Path;
  readonly task: number;
  readonly rule: Rule;
}
