/** Every limit of the workflow language in one table: its name, what it is without further settings, and what is said beyond it. */
export interface Limit {
  readonly name: string;
  readonly default: number;
  readonly message: string;
}

export const LIMITS = {
  yamlBytes: limit("yaml_bytes", 1024 * 1024, "a YAML workflow may have 1 MiB"),
  jsonBytes: limit("json_bytes", 8 * 1024 * 1024, "a JSON workflow may have 8 MiB"),
  tasks: limit("tasks", 10_000, "a workflow may have 10,000 tasks"),
  nodes: limit("nodes", 400_000, "a file may have 400,000 values"),
  mapKeys: limit("map_keys", 10_000, "one map may have 10,000 keys"),
  depth: limit("depth", 64, "values may be nested 64 deep"),
  groupDepth: limit("group_depth", 5, "groups may be nested 5 deep"),
  expressionBytes: limit("expression_bytes", 4096, "an expression may have 4 KiB"),
  problemsShown: limit("problems_shown", 100, "only the first 100 problems are listed"),
  parallel: limit("parallel", 1000, "from 1 to 1,000"),
  attempts: limit("attempts", 100, "from 1 to 100"),
  iterations: limit("iterations", 100, "from 1 to 100"),
  seconds: limit("seconds", 365 * 86_400, "at most 365d"),
  approvalSeconds: limit("approval_seconds", 30 * 86_400, "an approval waits at most 30d"),
  inlineTasks: limit(
    "inline_tasks",
    50,
    "an inline workflow may have 50 tasks unless max_tasks says otherwise",
  ),
  paramBytes: limit("param_bytes", 1024 * 1024, "a param's value may have 1 MiB"),
} as const;

function limit(name: string, value: number, message: string): Limit {
  return { name, default: value, message };
}
