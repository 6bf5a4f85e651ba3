/**
 * Every limit in one table: its name, what it is without further settings, and what is said beyond it. A project makes
 * them smaller under `limits:` of decapod.yaml, never larger; those of the language are the same everywhere, because
 * what a workflow means must not depend on where it runs.
 */
import { thousands } from "./thousands.ts";

export interface Limit {
  readonly name: string;
  readonly default: number;
  /** `%` stands for the limit as it holds. */
  readonly message: string;
  readonly unit: "" | "bytes" | "seconds";
  readonly asked: "reading" | "run" | "attempt" | "language";
}

/** Limits that a project made smaller, by name; the others are as in the table. */
export type Limits = Readonly<Record<string, number>>;

/** Asked when a file is read. */
const READING = {
  yamlBytes: limit("yaml_bytes", 1024 * 1024, "a YAML workflow may have %", "bytes"),
  jsonBytes: limit("json_bytes", 8 * 1024 * 1024, "a JSON workflow may have %", "bytes"),
  inputBytes: limit("input_bytes", 8 * 1024 * 1024, "a file with params may have %", "bytes"),
  paramBytes: limit("param_bytes", 1024 * 1024, "a param's value may have %", "bytes"),
  tasks: limit("tasks", 10_000, "a workflow may have % tasks"),
  nodes: limit("nodes", 400_000, "a file may have % values"),
  mapKeys: limit("map_keys", 10_000, "one map may have % keys"),
  depth: limit("depth", 64, "values may be nested % deep"),
  taskFileBytes: limit("task_file_bytes", 2 * 1024 * 1024, "a task file may have %", "bytes"),
  frontMatterBytes: limit("front_matter_bytes", 256 * 1024, "the front matter may have %", "bytes"),
  taskFilesOfRun: limit(
    "task_files_of_run",
    50,
    "of the task files that the agents of one run write % are done",
  ),
  taskFileDepth: limit("task_file_depth", 3, "task files that agents write lead to others % deep"),
  problemsShown: limit("problems_shown", 100, "only the first % problems are listed"),
} as const;

/** Asked while a run is decided: noted in its first entry, so that it goes on under the limits it began with. */
const RUN = {
  items: limit("items", 1_000, "a task may have % items"),
  instances: limit("instances", 10_000, "a run may have % instances"),
  itemKeyLength: limit("item_key_length", 200, "the key of an item may have % characters"),
  keptEvents: limit("kept_events", 1_000, "a run keeps the last % events"),
  lostAttempts: limit("lost_attempts", 3, "a task may lose % attempts"),
  questions: limit("questions", 20, "a task may ask a person % times"),
  misfits: limit("misfits", 2, "an agent is asked % times more for an output that fits"),
  groupDepth: limit("group_depth", 5, "groups and sub-workflows may be nested % deep"),
  attempts: limit("attempts", 100, "max_attempts may be %"),
  iterations: limit("iterations", 100, "repeat.max may be %"),
  parallel: limit("parallel", 1_000, "max_parallel and limits of groups may be %"),
  durationSeconds: limit("duration_seconds", 365 * 86_400, "a duration may be %", "seconds"),
  approvalSeconds: limit("approval_seconds", 30 * 86_400, "an approval waits at most %", "seconds"),
  voidApprovals: limit("void_approvals", 5, "an approval may become void % times"),
  inlineTasks: limit(
    "inline_tasks",
    50,
    "an inline workflow may have % tasks unless max_tasks says otherwise",
  ),
} as const;

/** Asked by the arm that makes an attempt. */
const ATTEMPT = {
  logBytes: limit("log_bytes", 10 * 1024 * 1024, "the first and last half of % of a log are kept", "bytes"),
  stdoutBytes: limit("stdout_bytes", 64 * 1024, "standard output as an output may have %", "bytes"),
  outputBytes: limit("output_bytes", 8 * 1024 * 1024, "the file DECAPOD_OUTPUT may have %", "bytes"),
  outputDepth: limit("output_depth", 64, "an output may be nested % deep"),
  briefBytes: limit("brief_bytes", 8 * 1024, "an output is shown in a brief up to %", "bytes"),
  memoryLines: limit("memory_lines", 500, "CLAUDE.md is shown in a brief up to % lines"),
  memoryBytes: limit("memory_bytes", 64 * 1024, "CLAUDE.md is shown in a brief up to %", "bytes"),
  artifactBytes: limit("artifact_bytes", 1024 ** 3, "the artifacts of an attempt may have %", "bytes"),
  cacheBytes: limit("cache_bytes", 1024 ** 3, "the cache may have %", "bytes"),
  sessionBytes: limit("session_bytes", 32 * 1024 ** 2, "the session of an agent is kept up to %", "bytes"),
  secretSeconds: limit("secret_seconds", 10, "the command of a secret may take %", "seconds"),
  secretBytes: limit("secret_bytes", 64 * 1024, "the command of a secret may print %", "bytes"),
  savedFileBytes: limit(
    "saved_file_bytes",
    50 * 1024 * 1024,
    "a file of a worktree is saved up to %",
    "bytes",
  ),
  contentBytes: limit("content_bytes", 2 * 1024 * 1024, "content-edit edits files up to %", "bytes"),
  contentFiles: limit("content_files", 500, "a task of content-edit may have % files"),
  contentEdits: limit("content_edits", 1_000, "a file may have % edits in one task"),
  checkSeconds: limit("check_seconds", 60, "the check of an effect may take %", "seconds"),
} as const;

/** Part of what a workflow means. Sizes of text count UTF-16 units, of sources UTF-8 bytes. */
const LANGUAGE = {
  expressionBytes: limit("expression_bytes", 4096, "an expression may have %", "bytes"),
  expressionParts: limit("expression_parts", 500, "an expression may have % parts"),
  expressionDepth: limit("expression_depth", 32, "an expression may be nested % levels deep"),
  expressionSteps: limit("expression_steps", 10_000, "an expression may take % steps"),
  resultSize: limit("result_size", 1024 * 1024, "what an expression gives may have %", "bytes"),
  valueDepth: limit("value_depth", 128, "a value in an expression may be nested % levels deep"),
  inlineOutputBytes: limit("inline_output_bytes", 16 * 1024, "an output above % goes to a file", "bytes"),
  readOutputBytes: limit("read_output_bytes", 1024 * 1024, "expressions read outputs up to %", "bytes"),
} as const;

export const LIMITS = {
  ...asked("reading", READING),
  ...asked("run", RUN),
  ...asked("attempt", ATTEMPT),
  ...asked("language", LANGUAGE),
};

/** A secret shorter than this would be found in ordinary words; it is refused where it is defined. */
export const SECRET_LENGTH_MIN = 8;

type Entry = Omit<Limit, "asked">;

function limit(name: string, most: number, message: string, unit: Limit["unit"] = ""): Entry {
  return { name, default: most, message, unit };
}

function asked<K extends string>(
  when: Limit["asked"],
  entries: Readonly<Record<K, Entry>>,
): Record<K, Limit> {
  return Object.fromEntries(
    Object.entries<Entry>(entries).map(([key, entry]) => [key, { ...entry, asked: when }]),
  ) as Record<K, Limit>;
}

/** Nothing made smaller. */
export const BUILT_IN: Limits = {};

export function most({ name, default: built }: Limit, limits: Limits = BUILT_IN): number {
  return limits[name] ?? built;
}

/** What is said beyond the limit; one that was made smaller is named, so that it can be found. */
export function beyond(one: Limit, limits: Limits = BUILT_IN): string {
  const value = most(one, limits);
  const where = value < one.default ? ` (limits.${one.name})` : "";
  return `${one.message.replace("%", shown(one, value))}${where}`;
}

const SIZES = [
  [1024 ** 3, "GiB"],
  [1024 ** 2, "MiB"],
  [1024, "KiB"],
] as const;

/** `1 MiB`, `30d`, `10,000` */
export function shown({ unit }: Limit, value: number): string {
  if (unit === "seconds") return value % 86_400 === 0 ? `${value / 86_400}d` : `${thousands(value)} s`;
  const size = unit === "bytes" ? SIZES.find(([bytes]) => value % bytes === 0) : undefined;
  if (size !== undefined) return `${thousands(value / size[0])} ${size[1]}`;
  return unit === "bytes" ? `${thousands(value)} bytes` : thousands(value);
}

/** Of the run of a pass below a mapped task: what else that starts. */
export interface Fanned {
  /** How many passes there are like this one, itself among them. */
  readonly runs: number;
  /** The map counted the agents of this run, as far as its file says how many there are. */
  readonly isCounted: boolean;
}

/** Of what a project made smaller the part that its runs are decided under. */
export function ofRun(limits: Limits): Limits {
  return Object.fromEntries(
    Object.values(RUN).flatMap(({ name }) => (limits[name] === undefined ? [] : [[name, limits[name]]])),
  );
}
