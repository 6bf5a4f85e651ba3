/** retry with other params: a new run of the definition that the first one is pinned to. */
import { equal, type JsonMap } from "../core/json.ts";
import type { RunRow } from "../host/host.ts";
import { type Context, flagOption, isAttended, listOption, type Options } from "./context.ts";
import { editParams } from "./edit-params.ts";
import { shortRun } from "./ids.ts";
import { readInputs } from "./inputs.ts";
import { refused } from "./refusal.ts";
import { type Retrying, retryWith } from "./retrying.ts";

type Asking = Omit<Retrying, "run" | "sequence" | "ask">;

export async function startedAgain(asking: Asking, row: RunRow, options: Options): Promise<number> {
  const { context, project, reader, detach } = asking;
  const { application } = context;
  const workflow = reader.workflow(row.run);
  const start = reader.started(row.run);
  const name = shortRun(reader, row.run);
  if (workflow === null || start === null)
    throw refused(
      "E_JOURNAL",
      `the definition of run ${name} is missing`,
      `${application.calledAs} db check`,
    );
  const isEdited = flagOption(options, "editInput");
  const isGiven = listOption(options, "var").length > 0;
  if (isEdited && !isAttended(context)) throw noEditor(isGiven);
  const read = (pairs: Options, given: JsonMap) =>
    readInputs(application, project, workflow, pairs, { before: given });
  const named = read(options, start.params);
  const isSame = ({ params }: typeof named) => equal(params, start.params);
  const edited = isEdited
    ? await editParams(context, project, {
        run: row.run,
        name,
        workflow,
        params: named.params,
        isGiven,
        isSame,
        read: (given) => read({}, given),
      })
    : { inputs: named, done: () => {} };
  if (isSame(edited.inputs)) throw nothingChanged(context, name);
  if (!row.rehearse && !detach) application.prepare();
  const run = application.newRunId();
  const { params, environment } = edited.inputs;
  return retryWith({
    ...asking,
    run,
    sequence: 0,
    ask: async (call) => {
      const begun = await call("runs.again", { of: row.run, run, params, environment });
      if (begun.ok) edited.done();
      return begun;
    },
  });
}

function noEditor(isGiven: boolean) {
  const message = "--edit-input opens an editor, and there is no terminal here";
  return refused("E_NEEDS_TERMINAL", message, isGiven ? "leave out --edit-input" : "-i NAME=VALUE");
}

function nothingChanged({ application }: Context, name: string) {
  return refused(
    "E_NOTHING_TO_DO",
    "no param has another value, so nothing was started",
    `${application.calledAs} retry ${name} does again what failed`,
  );
}
