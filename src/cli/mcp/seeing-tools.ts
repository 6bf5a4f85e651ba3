/** Tools that only look: the documents of the command line's own commands, and what they wait for. */
import * as z from "zod/mini";
import { RUN_STATUSES, TASK_STATUSES } from "../../core/run.ts";
import { documentOf } from "./command.ts";
import { insideProject } from "./inside.ts";
import { logExcerpt } from "./log-excerpt.ts";
import { between, listOf, type Tool, text, tool, truth, workflowName } from "./tool.ts";
import { waitFor } from "./wait.ts";

const RUNS_MAX = 100;
const TASKS_SHOWN = 100;
const LINES_MAX = 2000;
const WAIT_SECONDS = 45;
const WAIT_SECONDS_MAX = 600;

const RUNS_LIST = tool({
  name: "runs_list",
  title: "List runs",
  about:
    "The runs of the project, newest first, each with its status, how far it is, and what a person could do next. Narrow it by workflow, status, label, age, or a text.",
  access: "read",
  fields: {
    search: "In the name of the workflow, the label, a param or the failure",
    since: "A time (2026-01-18T14:00:00Z), or an age: 15m, 2h, 7d",
    before: "Older than this run: the next page",
  },
  input: z.strictObject({
    search: z.optional(text),
    workflow: z.optional(text),
    status: z.optional(
      listOf(
        z.enum([...RUN_STATUSES, "interrupted", "needs-you"], {
          error: `one of ${[...RUN_STATUSES, "interrupted", "needs-you"].join(", ")}`,
        }),
      ),
    ),
    label: z.optional(text),
    since: z.optional(text),
    limit: z.optional(between(1, RUNS_MAX)),
    before: z.optional(text),
  }),
  answer: async ({ search, status, limit, ...rest }, { context }) => {
    const { action } = await import("../commands/runs.ts");
    const options = { ...rest, ...(status !== undefined && { state: status }), limit: String(limit ?? 20) };
    return documentOf(context, action, { words: search === undefined ? [] : [search], options });
  },
});

const RUNS_SHOW = tool({
  name: "runs_show",
  title: "Show a run or a task",
  about:
    "A run: status, params, outputs, failure, open questions, its tasks. With a task: what it gave, its error and every attempt. Success is what decapod verified, not what an agent said.",
  access: "read",
  fields: {
    statuses: "Of a run only the tasks in these states",
  },
  input: z.strictObject({
    run: text,
    task: z.optional(text),
    statuses: z.optional(listOf(z.enum(TASK_STATUSES, { error: `one of ${TASK_STATUSES.join(", ")}` }))),
  }),
  answer: async ({ run, task, statuses }, { context }) => {
    const { action } = await import("../commands/show.ts");
    const document = await documentOf(context, action, { words: task === undefined ? [run] : [run, task] });
    return task === undefined ? withTasks(document, statuses ?? null) : document;
  },
});

/** The tasks that are asked for, and how many were left out. */
function withTasks(document: object, statuses: readonly string[] | null): object {
  const { run, ...rest } = document as {
    readonly run: { readonly tasks: readonly { readonly status: string }[] };
  };
  const meant = run.tasks.filter(({ status }) => statuses?.includes(status) ?? true);
  const tasks = meant.slice(0, TASKS_SHOWN);
  return { ...rest, run: { ...run, tasks, tasksLeftOut: meant.length - tasks.length } };
}

const RUNS_WAIT = tool({
  name: "runs_wait",
  title: "Wait for a run",
  about: `Waits until a run ends, or asks a person something, or the seconds are over (${WAIT_SECONDS} when not said, at most ${WAIT_SECONDS_MAX}); then answers like runs_show, with why it stopped waiting. Call it again while the run goes on.`,
  access: "read",
  input: z.strictObject({ run: text, seconds: z.optional(between(0, WAIT_SECONDS_MAX)) }),
  answer: async ({ run, seconds }, calling) => {
    const why = await waitFor(calling, run, seconds ?? WAIT_SECONDS);
    const { action } = await import("../commands/show.ts");
    return { why, ...withTasks(await documentOf(calling.context, action, { words: [run] }), null) };
  },
});

const LOGS_READ = tool({
  name: "logs_read",
  title: "Read logs",
  about:
    "What the tasks of a run printed: the last lines of each (200 when not said), of one task, of one attempt, or only lines that hold a text. What is too long is cut, and the file is named.",
  access: "read",
  fields: {
    grep: "Only lines that hold this text; capitals count if it has some",
  },
  input: z.strictObject({
    run: text,
    task: z.optional(text),
    attempt: z.optional(between(1, 1_000_000)),
    tail: z.optional(between(1, LINES_MAX)),
    grep: z.optional(text),
  }),
  answer: async (input, { context }) => logExcerpt(context, input),
});

const INBOX_LIST = tool({
  name: "inbox_list",
  title: "List what waits for a person",
  about:
    "Every open question to a person. You cannot answer them, and no tool can: tell the person what waits, and that they decide with `decapod inbox` and `decapod approve` at a terminal.",
  access: "read",
  input: z.strictObject({}),
  answer: async (_input, { context }) =>
    documentOf(context, (await import("../commands/inbox.ts")).action, {}),
});

const WORKFLOWS_LIST = tool({
  name: "workflows_list",
  title: "List workflows",
  about: "The workflows that can be started by name: the project's own, and those that come with decapod.",
  access: "read",
  input: z.strictObject({}),
  answer: async (_input, { context }) =>
    documentOf(context, (await import("../commands/workflow-list.ts")).action, {}),
});

const WORKFLOWS_SHOW = tool({
  name: "workflows_show",
  title: "Show a workflow",
  about:
    "What a workflow takes, does and needs: params with their defaults, tasks, roles, secrets, programs.",
  access: "read",
  input: z.strictObject({ workflow: workflowName }),
  answer: async ({ workflow }, { context }) => {
    insideProject(context, workflow);
    const { action } = await import("../commands/workflow-show.ts");
    return documentOf(context, action, { words: [workflow] });
  },
});

const WORKFLOWS_VALIDATE = tool({
  name: "workflows_validate",
  title: "Check workflow files",
  about:
    "Checks workflow files and starts nothing: every problem of every file at once, with line, column and what to write instead. Without files all of the project.",
  access: "read",
  input: z.strictObject({ workflows: z.optional(listOf(workflowName)) }),
  answer: async ({ workflows = [] }, { context }) => {
    for (const workflow of workflows) insideProject(context, workflow);
    const { action } = await import("../commands/validate.ts");
    return documentOf(context, action, { words: workflows });
  },
});

const AGENTS_LIST = tool({
  name: "agents_list",
  title: "List roles",
  about: "The roles that tasks can name as their agent, with what each is for.",
  access: "read",
  input: z.strictObject({}),
  answer: async (_input, { context }) =>
    documentOf(context, (await import("../commands/agents-list.ts")).action, {}),
});

const AGENTS_SHOW = tool({
  name: "agents_show",
  title: "Show a role",
  about:
    "A role as decapod takes it: driver, model, tools, and what its agent is told. With check also what is wrong.",
  access: "read",
  input: z.strictObject({ role: text, check: z.optional(truth) }),
  answer: async ({ role, check }, { context }) => {
    const words = [role];
    const shown = await documentOf(context, (await import("../commands/agents-show.ts")).action, { words });
    if (check !== true) return shown;
    const { action } = await import("../commands/agents-check.ts");
    return { ...shown, check: (await documentOf(context, action, { words })).agents };
  },
});

export const SEEING_TOOLS: readonly Tool[] = [
  RUNS_LIST,
  RUNS_SHOW,
  RUNS_WAIT,
  LOGS_READ,
  INBOX_LIST,
  WORKFLOWS_LIST,
  WORKFLOWS_SHOW,
  WORKFLOWS_VALIDATE,
  AGENTS_LIST,
  AGENTS_SHOW,
];
