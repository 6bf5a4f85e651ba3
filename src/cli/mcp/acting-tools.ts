/** Tools that start, do again and end runs: the operations of the contract that a program may ask for. */
import * as z from "zod/mini";
import type { JsonMap } from "../../core/json.ts";
import { selectedTasks } from "../../server/select.ts";
import { action as retry } from "../commands/retry.ts";
import { action as show } from "../commands/show.ts";
import { projectOf, readerOf } from "../context.ts";
import { openRow } from "../following/take-up.ts";
import { findRun } from "../ids.ts";
import { readInputs } from "../inputs.ts";
import { reachBackground, withOwner } from "../reach.ts";
import { take } from "../refusal.ts";
import { startAnywhere } from "../start-anywhere.ts";
import { runOfKey } from "../start-asked.ts";
import { isClosed } from "../words.ts";
import { documentOf } from "./command.ts";
import { insideProject } from "./inside.ts";
import { between, type Calling, listOf, params, type Tool, text, tool, truth, workflowName } from "./tool.ts";

const NO_OPTIONS = { durability: null, slots: null };
const PARALLEL_MAX = 1000;

const START = tool({
  name: "runs_start",
  title: "Start a run",
  about:
    "Starts a run of a workflow in the background and answers at once with its id; then runs_wait and runs_show. The run goes on whatever becomes of you. Say a key to start it only once however often you ask. With rehearse agents and scripts are played and nothing real is done. Approvals in it are asked of a person.",
  access: "act",
  operation: "runs.start",
  fields: {
    only: "These tasks alone; others give what they gave before",
    from: "This task and all after it",
    until: "This task and all before it",
    label: "A name to find the run by",
    key: "The same key starts the run only once",
    budget_usd: "Above this the run stops and asks a person",
  },
  input: z.strictObject({
    workflow: workflowName,
    params: z.optional(params),
    only: z.optional(listOf(text)),
    from: z.optional(text),
    until: z.optional(text),
    rehearse: z.optional(truth),
    label: z.optional(text),
    key: z.optional(text),
    max_parallel: z.optional(between(1, PARALLEL_MAX)),
    budget_usd: z.optional(
      z.number({ error: "a number above 0" }).check(z.gt(0, { error: "a number above 0" })),
    ),
  }),
  answer: async (input, { context, client }) => {
    const { workflow, only = [], from = null, until = null, rehearse = false, key = null } = input;
    insideProject(context, workflow);
    const project = projectOf(context);
    const { application } = context;
    const checked = take(application.workflow(project, workflow));
    const inputs = readInputs(
      application,
      project,
      checked.workflow,
      {},
      { before: (input.params ?? {}) as JsonMap },
    );
    const budget = input.budget_usd === undefined ? null : { usd: input.budget_usd, tokens: null };
    const options = { only, from, until, rehearse, label: input.label ?? null, budget };
    const asked = {
      ...{ run: runOfKey(key), durability: null, slots: null, wait: false, detach: true },
      options: { ...options, maxParallel: input.max_parallel ?? null },
      trigger: { kind: "api", name: client?.slice(0, 200) ?? null },
    } as const;
    take(selectedTasks(checked.workflow, asked.options));
    return documentOf(context, (own) => startAnywhere({ context: own, project, checked, inputs, asked }), {});
  },
});

const RETRY = tool({
  name: "runs_retry",
  title: "Do tasks again",
  about:
    "Does tasks of a run that has ended again, in the background: those that failed, those that are named, or all from one on. Results of the others are kept.",
  access: "act",
  operation: "runs.retry",
  fields: {
    from: "This task and all after it, also what succeeded",
  },
  input: z.strictObject({
    run: text,
    tasks: z.optional(listOf(text)),
    from: z.optional(text),
  }),
  answer: async ({ run, tasks = [], from }, { context }) =>
    documentOf(context, retry, {
      words: [run, ...tasks],
      options: { detach: true, ...(from !== undefined && { from }) },
    }),
});

const CANCEL = tool({
  name: "runs_cancel",
  title: "End a run",
  about:
    "Ends a run for good: what runs is asked to end, its on_complete hooks run. With now what runs is killed. Asked a second time it skips the hooks. Say why.",
  access: "act",
  operation: "runs.cancel",
  isDestructive: true,
  fields: {
    reason: "Kept in the journal",
  },
  input: z.strictObject({
    run: text,
    reason: text,
    now: z.optional(truth),
  }),
  answer: async ({ run: name, reason, now = false }, calling) => {
    const { context } = calling;
    const run = await cancel(calling, { name, reason, now });
    return documentOf(context, show, { words: [run] });
  },
});

/** Whoever works on the run ends it; nothing of it is taken up here. */
async function cancel(
  { context }: Calling,
  { name, reason, now }: { readonly name: string; readonly reason: string; readonly now: boolean },
): Promise<string> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const { run } = openRow(context, reader, take(findRun(reader, name)));
  const ask = async (call: Parameters<Parameters<typeof withOwner>[3]>[0], isAgain: boolean) => {
    const isOver = isAgain && isClosed(reader.run(run)?.status ?? "running");
    if (!isOver) take(await (await call.operations())("runs.cancel", { run, reason, now }));
  };
  await withOwner(context.application, project, NO_OPTIONS, ask, reachBackground);
  return run;
}

export const ACTING_TOOLS: readonly Tool[] = [START, RETRY, CANCEL];
