/**
 * Every problem code of the product, with the exit code it leads to and what it means in one line.
 * Codes are for ever: a new one is added in the group it belongs to, none is renamed or used anew.
 */
import { EXIT } from "./problem.ts";

/** What each means stands beside it, and in docs/problems.md: at run time nobody asks. */
function group<const Codes extends readonly string[]>(
  exit: number,
  codes: Codes,
): Readonly<Record<Codes[number], number>> {
  return Object.fromEntries(codes.map((code) => [code, exit])) as Record<Codes[number], number>;
}

const RUN = group(EXIT.runFailed, [
  "E_BUG", // a fault of decapod itself; report it with what --debug prints
  "E_NO_PROGRESS", // a loop that goes on without getting on
  "E_RUN_FAILED", // a run ended failed
]);

const USAGE = group(EXIT.usage, [
  "E_USAGE", // the command line is not understood
  "E_OPTIONS", // options that exclude each other, or one that is missing
  "E_COLOR", // a value of --color that does not exist
  "E_NEEDS_TERMINAL", // a question that only a person at a terminal can answer
]);

const INPUT = group(EXIT.invalid, [
  "E_ARG", // a value that would be read as an option, or has a form its field does not allow
  "E_CHOICE", // a word that is not one of those allowed here
  "E_CRITERION", // a success criterion that is none of the four forms
  "E_CURSOR", // a MAIN_TASK that cannot be used
  "E_CYCLE", // tasks, variables or defaults that wait for each other
  "E_DEPTH", // nested more deeply than the limit
  "E_DUPLICATE_ID", // two tasks, params or names that are the same or differ only in case
  "E_DUPLICATE_TASK", // two task files with one id
  "E_ENCODING", // text that is not UTF-8, or holds a character that no text file holds
  "E_ENV_NAME", // an environment name that a task may not set
  "E_EXPR_BUDGET", // an expression above its size, depth or step limit
  "E_EXPR_IN_SHELL", // an expression inside a shell script, where it would become code
  "E_EXPR_NAME", // a name in an expression that nothing declares
  "E_EXPR_SYNTAX", // an expression that cannot be parsed
  "E_EXPR_TYPE", // a value of the wrong type in an expression
  "E_FIELD", // a field of a decision that does not exist, or lacks its value
  "E_FIELD_CONTEXT", // a field that has no effect or is not allowed where it stands
  "E_FRONT_MATTER", // front matter that cannot be read, or is missing
  "E_HEADING", // a heading that is not there, or stands there more than once
  "E_JSON", // a text that is not JSON
  "E_NOT_IN_THIS_VERSION", // a feature of the language that this version does not carry out yet
  "E_OUTPUT_MISSING", // an expected output that was not given
  "E_PARAM_CHOICE", // a param whose value is not one of its choices
  "E_PARAM_MISSING", // a required param without a value
  "E_PARAM_PATTERN", // a param whose value does not match its pattern
  "E_PARAM_RANGE", // a param below its min or above its max
  "E_PARAM_TYPE", // a param whose value is not of its type
  "E_PARAM_UNKNOWN", // a value for a param that the workflow does not declare
  "E_PARSE_TIME", // a text that takes too long to parse
  "E_PHRASE", // a typed phrase that differs from the one asked for
  "E_PROJECT_FILE", // a decapod.yaml that cannot be used
  "E_RANGE", // a number outside its range
  "E_REF", // a git reference that is not allowed
  "E_REF_NOT_ANCESTOR", // an expression that reads a task which need not have ended
  "E_REMOTE", // a git remote that is not allowed
  "E_REQUIRED", // a key that must be there
  "E_RESERVED_NAME", // a name that the language keeps for itself
  "E_RESERVED_WORD", // a key kept for a later version
  "E_SCHEMA", // a document that does not have the asked form
  "E_SCHEMA_KEYWORD", // a JSON Schema keyword that is not supported, or is used wrongly
  "E_SECRET_CONTEXT", // a secret outside env and credential fields
  "E_SECRET_IN_PARAM", // a param whose name says that it is a secret
  "E_SECRET_MISSING", // a secret that cannot be found
  "E_SECRET_SHORT", // a secret shorter than 8 characters
  "E_SECRET_UNKNOWN", // a secret that context.secrets does not declare
  "E_TASK_ID", // a task id that is not allowed
  "E_TEXT_COUNT", // a text that stands in a file more or less often than was said
  "E_TOML_SYNTAX", // a text that is not TOML
  "E_TOO_LARGE", // larger than the limit
  "E_TRIGGER_RULE", // a trigger rule that can never be met
  "E_TYPE", // a value of the wrong type
  "E_UNKNOWN_AGENT", // an agent that is neither built in, a role nor a worker
  "E_UNKNOWN_KEY", // a key that does not exist here
  "E_UNKNOWN_TASK", // a task that does not exist
  "E_URL", // an address that is not allowed
  "E_VERSION", // a version of the workflow language that this decapod does not read
  "E_YAML_ALIAS", // an anchor, alias or merge key, which workflow files do not have
  "E_YAML_DUPLICATE", // a key that stands twice in one map
  "E_YAML_KEY", // a key that is not plain text
  "E_YAML_SYNTAX", // a text that is not YAML
  "E_YAML_TAG", // a YAML tag, which workflow files do not have
]);

const REFUSED = group(EXIT.refused, [
  "E_ARTEFACT", // something that must not be deployed lies among the files to deploy
  "E_BUDGET", // a budget is used up
  "E_DEPLOY_CHANGED", // a deploy of something else than what was planned
  "E_DEPLOY_SHRINK", // a deploy that would delete too much
  "E_GATE_REQUIRED", // a production deploy without its approval
  "E_GIT_CONFIG", // a git setting that could run a program
  "E_HUMAN_ONLY", // a decision that only a person can make
  "E_NOT_ALLOWED", // something that the project or the user does not allow
  "E_NOT_APPROVER", // a decision by somebody who is not among its approvers
  "E_ONCE", // work that would be done again, though it may be done only once
  "E_OUTSIDE_ROOT", // a path outside the project
  "E_ROUNDS", // sent back more often than the approval allows
  "E_SECRET_COMMAND", // a secret from a command, in a file outside the project's workflow folders
  "E_SELF_APPROVAL", // an approval by the person who started the run
  "E_TASK_QUOTA", // more task files than the agents of one run may have done, or too deep
  "E_WORKTREE_TAMPERED", // a worktree whose git pointer was changed
]);

const BUSY = group(EXIT.busy, [
  "E_BUSY", // the journal is in use by another process
  "E_CLOSED", // what has ended takes nothing more
  "E_CONCURRENCY", // another run holds the concurrency group, and the workflow says skip
  "E_CONFLICT", // what is asked does not fit the state of the run
  "E_CURSOR_MOVED", // a MAIN_TASK that somebody else moved first
  "E_DECIDED", // the decision was already made
  "E_FOREIGN_STATE_CHANGE", // a task file or a result that somebody else moved or wrote
  "E_FENCED", // a result of an attempt that no longer counts
  "E_GROUP_LIMIT", // two users of one concurrency group with different limits
  "E_LOCKED", // another process owns the project
  "E_OWNER_GONE", // the process that owns the project ended before it answered, or answers strangely
  "E_NOTHING_TO_DO", // nothing that could be done again
  "E_RUN_ALIVE", // the run is still alive
  "E_RUN_CLOSED", // the run has already ended
  "E_SKIPPED", // another run holds the concurrency group, and the workflow says skip
  "E_TASKS_OPEN", // a MAIN_TASK said to be completed while tasks are open
  "E_STALE", // what was answered is no longer asked
  "E_STALE_PLAN", // what was decided on has changed since it was shown
]);

const ENVIRONMENT = group(EXIT.environment, [
  "E_DISK_FULL", // no space left for the journal
  "E_DRIVER_LOGIN", // an agent without credentials
  "E_DRIVER_MISSING", // the program of an agent is not on this machine
  "E_DRIVER_VERSION", // an agent's program of a version that this decapod does not know
  "E_FDS", // no file handles left
  "E_GIT", // git is missing, refused something, or has no repository to work in
  "E_IO", // a read or write that the system refused
  "E_NETWORK_FILE_SYSTEM", // a project on a network file system
  "E_NEWER_JOURNAL", // a journal written by a newer decapod
  "E_NO_ARM", // no arm has the pool or labels that a task asks for
  "E_NODE", // a Node that is too old
  "E_READ_ONLY", // the project's folder cannot be written
  "E_SPAWN_HOST", // the process that starts children does not run
]);

const INTEGRITY = group(EXIT.integrity, [
  "E_JOURNAL", // the journal is damaged or not the one that was left
]);

const WAITING = group(EXIT.waiting, [
  "E_OUTCOME_UNKNOWN", // nobody knows whether an outside effect happened
  "E_WAITING", // the run waits for a person
]);

const CANCELLED = group(EXIT.cancelled, [
  "E_CANCELLED", // the run was cancelled
  "E_REJECTED", // a person rejected it
]);

const NOT_FOUND = group(EXIT.notFound, [
  "E_AMBIGUOUS", // a short name that means more than one thing
  "E_NO_EARLIER_OUTPUT", // a task was left out, and no earlier run gives its output
  "E_NOT_FOUND", // what was named does not exist
]);

const TIMED_OUT = group(EXIT.timedOut, [
  "E_TIMEOUT", // the run took longer than its timeout
]);

const WARNINGS = group(EXIT.done, [
  "W_BACKUP", // the journal could not be copied to the user's state folder
  "W_CONTAINS_IN_UNTIL", // a repeat that ends when free text contains a word
  "W_FDS", // fewer attempts run at once than asked for, because few files may be open
  "W_IDLE_TIMEOUT", // an idle timeout shorter than an agent's own silence
  "W_NAME_LIKE", // a bare name that looks like a mistyped one
  "W_NO_JOURNAL", // the journal is gone, or the project has none yet
  "W_NOT_COUNTED", // criteria ask what an attempt changed, and nothing counts it where it works
  "W_NOT_MERGED", // a run has succeeded, and its branch could not be merged where it belongs
  "W_NO_MARK", // a journal whose high-water mark is gone
  "W_NO_TARGET", // a deploy to an environment, and the project says of none where it is
  "W_NO_EFFECT", // something that has no effect where it stands
  "W_OLD_SQLITE", // a SQLite whose known fault could cost a commit
  "W_STATE_LARGE", // a state folder above 1 GiB
  "W_STRAY_FILE", // a file among the task files that is none
  "W_TIMEOUTS", // task timeouts that add up to more than the run's
  "W_WAITS", // a task file that waits for one that failed, or that nobody knows
  "W_WATCH", // a folder that the system does not watch for us
]);

const ALL = {
  ...RUN,
  ...USAGE,
  ...INPUT,
  ...REFUSED,
  ...BUSY,
  ...ENVIRONMENT,
  ...INTEGRITY,
  ...WAITING,
  ...CANCELLED,
  ...NOT_FOUND,
  ...TIMED_OUT,
  ...WARNINGS,
};

export type Code = keyof typeof ALL;

/** Code → the exit code it leads to. */
export const CODES: Readonly<Record<Code, number>> = ALL;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}

/**
 * The code by which the engine itself refused what a task asks for: its failure is one of configuration, and begins with
 * it. null: it failed of something else.
 */
export function refusalCode(failureClass: string | null, message: string | null): Code | null {
  const [code = ""] = (message ?? "").split(" ", 1);
  return failureClass === "config_error" && isCode(code) ? code : null;
}

/** The exit code of a problem; a code that is not in the table counts as invalid input (a test holds that none is). */
export function exitOf(code: string): number {
  return isCode(code) ? CODES[code] : EXIT.invalid;
}

/**
 * The exit code of several problems at once: invalid input wins over all else (3), so that a file refused only
 * by policy ends with 4 and one that is also wrong with 3; otherwise the first problem decides.
 */
export function exitOfAll(problems: readonly { readonly code: string }[]): number {
  const exits = problems.map((problem) => exitOf(problem.code)).filter((exit) => exit !== EXIT.done);
  if (exits.includes(EXIT.invalid)) return EXIT.invalid;
  return exits[0] ?? EXIT.done;
}
