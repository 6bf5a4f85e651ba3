/** The order of the keys of a workflow file, as data, and where it holds. Names that people choose keep their order. */

export interface Form {
  /** In their order. What is not named here follows as it was written. */
  readonly keys: readonly string[];
  /** Goes to the end when it takes several lines: a script or the body of a group would part the rest. */
  readonly lastWhenLong?: string;
  readonly below?: Readonly<Record<string, Below>>;
}

/** What stands below a key: a map, a list of maps, or a map of names with a map each. */
export interface Below {
  readonly form: () => Form;
  readonly through: "map" | "list" | "names";
  /** Only in a task of this agent. */
  readonly agent?: string;
}

const map = (form: () => Form): Below => ({ form, through: "map" });
const list = (form: () => Form): Below => ({ form, through: "list" });
const names = (form: () => Form): Below => ({ form, through: "names" });
const keys = (...words: readonly string[]): (() => Form) => {
  const form = { keys: words };
  return () => form;
};

const budget = keys("usd", "tokens");
const concurrency = keys("group", "limit", "on_conflict");
const workspace = keys("mode", "base", "branch", "merge", "keep");
const retry = keys("max_attempts", "delay", "backoff", "max_delay", "jitter", "on");
const hooks = (): Form => ({
  keys: ["on_start", "on_success", "on_failure", "on_complete"],
  below: {
    on_start: list(() => TASK),
    on_success: list(() => TASK),
    on_failure: list(() => TASK),
    on_complete: list(() => TASK),
  },
});
const approval = keys(
  "mode",
  "phrase",
  "message",
  "when",
  "significant",
  "fields",
  "show",
  "choices",
  "send_back_to",
  "max_rounds",
  "approvers",
  "self_approval",
  "expires",
  "on_expiry",
);
const options = keys(
  "driver",
  "model",
  "effort",
  "tools",
  "denied_tools",
  "skills",
  "max_turns",
  "permission",
);

const GROUP: Form = {
  keys: ["tasks", "outputs", "hooks", "settings"],
  below: { tasks: list(() => TASK), hooks: map(hooks), settings: map(keys("max_parallel", "on_failure")) },
};

const TASK: Form = {
  keys: [
    "id",
    "agent",
    "description",
    "parameters",
    "options",
    "dependencies",
    "trigger_rule",
    "condition",
    "retry",
    "timeout",
    "idle_timeout",
    "on_failure",
    "approval",
    "foreach",
    "matrix",
    "repeat",
    "output_schema",
    "expected_outputs",
    "success_criteria",
    "repair",
    "fallback",
    "effect",
    "check",
    "cache",
    "artifacts",
    "workspace",
    "touches",
    "concurrency",
    "session",
    "rerun",
    "pool",
    "labels",
    "priority",
    "env",
    "budget",
  ],
  lastWhenLong: "parameters",
  below: {
    parameters: { ...map(() => GROUP), agent: "group" },
    options: map(options),
    retry: map(retry),
    approval: map(approval),
    foreach: map(keys("items", "as", "where", "key", "max_parallel", "on_failure", "min_success")),
    repeat: map(keys("until", "max", "delay", "on_failure", "on_exhausted")),
    repair: map(keys("agent", "on", "max")),
    fallback: map(() => ({ keys: ["agent", "options"], below: { options: map(options) } })),
    cache: map(keys("key", "files", "paths")),
    workspace: map(workspace),
    concurrency: map(concurrency),
    budget: map(budget),
  },
};

export const WORKFLOW: Form = {
  keys: [
    "version",
    "name",
    "description",
    "metadata",
    "params",
    "defaults",
    "settings",
    "triggers",
    "context",
    "tasks",
    "hooks",
    "outputs",
  ],
  below: {
    params: names(keys("type", "enum", "default", "required", "pattern", "min", "max", "description")),
    defaults: map(() => TASK),
    settings: map(() => ({
      keys: ["max_parallel", "timeout", "on_failure", "budget", "concurrency", "workspace"],
      below: { budget: map(budget), concurrency: map(concurrency), workspace: map(workspace) },
    })),
    triggers: list(
      keys(
        "cron",
        "webhook",
        "files",
        "workflow",
        "timezone",
        "catchup",
        "overlap",
        "debounce",
        "on",
        "name",
        "condition",
        "params",
      ),
    ),
    context: map(keys("variables", "secrets")),
    tasks: list(() => TASK),
    hooks: map(hooks),
  },
};

/** The places of the keys in their new order. `isLong` says which values take several lines. */
export function orderOf(
  form: Form,
  written: readonly string[],
  isLong: (place: number) => boolean = () => false,
): readonly number[] {
  const rank = (place: number) => {
    const key = written[place] ?? "";
    const at = form.keys.indexOf(key);
    if (key === form.lastWhenLong && isLong(place)) return form.keys.length + 1;
    return at === -1 ? form.keys.length : at;
  };
  const places = written.map((_, place) => place);
  return places.sort((left, right) => rank(left) - rank(right) || left - right);
}

/** What the order of the keys below `key` is, in a map whose `agent` is this. */
export function belowOf(form: Form, key: string, agent: unknown): Below | null {
  const below = form.below?.[key];
  return below === undefined || (below.agent !== undefined && below.agent !== agent) ? null : below;
}
