/** decapod worker list: what does deterministic work here, whether it can, and what it did last. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, projectOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printTable } from "../table.ts";
import { knownWorkers, stateOf, usesOf } from "../workers.ts";

export async function action(context: Context): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const workers = knownWorkers(application, project);
  const reader = take(application.read(project));
  const uses = usesOf(
    reader,
    workers.map(({ name }) => name),
  );
  const shown = workers.map((one) => {
    const use = uses.get(one.name);
    const { name, from, file, worker } = one;
    const last = use?.last ?? null;
    return {
      name,
      from,
      file,
      description: worker?.description ?? null,
      ready: worker !== null && one.problems.length === 0 && one.missing.length === 0,
      state: stateOf(one, use),
      running: use?.running ?? 0,
      last: last === null ? null : { run: last.run, status: last.status, startedAt: instant(last.at) },
    };
  });
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, workers: shown }));
    return EXIT.done;
  }
  const rows = shown.map(({ name, from, state, last, description }) => [
    { text: name },
    { text: from },
    { text: state },
    { text: last === null ? "" : `${last.status} ${shortRun(reader, last.run)}` },
    { text: description ?? "" },
  ]);
  printTable(out, { headers: ["WORKER", "FROM", "STATE", "LAST", "WHAT"], rows }, globals.wide);
  hint(context, `next: ${application.calledAs} worker show ${clean(shown[0]?.name ?? "WORKER")}`);
  return EXIT.done;
}
