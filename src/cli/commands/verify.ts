/** decapod verify: the checks of a run's successes made again, on what lies there now. */
import { EXIT } from "../../core/problem.ts";
import { Outputs } from "../../work/outputs.ts";
import { type Context, hint, projectOf, readerOf } from "../context.ts";
import { findRun, shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { placesOf } from "../logs/log-list.ts";
import { noTask } from "../no-task.ts";
import { clean, type Style } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { printTable } from "../table.ts";
import { type Past, pastOf, type Verified, verify } from "../verifying.ts";

interface Row extends Verified {
  readonly task: string;
}

export async function action(context: Context, words: readonly string[]): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const run = reader.run(id);
  if (run === null) throw refused("E_NOT_FOUND", `there is no run ${clean(words[0] ?? "")}`);
  const task = words[1] ?? null;
  const name = shortRun(reader, id);
  // Of passes that were made again, the last.
  const places = new Map(placesOf(reader, run, task).map(({ label, row }) => [label, row]));
  if (task !== null && places.size === 0) {
    const known = placesOf(reader, run, null).map(({ label }) => label);
    throw noTask(context, task, { reader, row: run, known });
  }
  const { files } = application;
  const outputs = new Outputs(files, project.stateFolder);
  const around = { outputs, files, projectRoot: project.root };
  const pasts = new Map<string, Past>();
  const rows: Row[] = [];
  for (const [label, row] of places) {
    if (row.status !== "success") continue;
    const past = pasts.get(row.run) ?? pastOf(reader, row.run, around);
    pasts.set(row.run, past);
    rows.push({ task: label, ...verify(past, row) });
  }
  const isGood = rows.every(({ state }) => state === "holds" || state === "unchecked");
  if (globals.json) out.line(jsonText({ schemaVersion: 1, verify: { run: id, ok: isGood, tasks: rows } }));
  else if (rows.length === 0)
    hint(context, `no task of run ${name} has succeeded, so there is nothing to check`);
  else print(context, rows);
  return isGood ? EXIT.done : EXIT.runFailed;
}

const LOOKS: Readonly<Record<Verified["state"], { readonly glyph: string; readonly style: Style }>> = {
  holds: { glyph: "✓", style: "green" },
  fails: { glyph: "✗", style: "red" },
  stale: { glyph: "◌", style: "yellow" },
  unchecked: { glyph: "–", style: "gray" },
};

function print({ out, globals }: Context, rows: readonly Row[]): void {
  const cells = rows.map(({ task, state, attempt, checks, why }) => {
    const { glyph, style } = LOOKS[state];
    return [
      { text: `${glyph} ${state}`, style },
      { text: task },
      { text: attempt === null ? "no attempt of its own" : reason(checks.length, why) },
    ];
  });
  printTable(out, { headers: ["STATE", "TASK", "WHY"], rows: cells }, globals.wide);
}

function reason(checks: number, why: readonly string[]): string {
  if (why.length > 0) return why.join("; ");
  if (checks === 0) return "it has no checks";
  return checks === 1 ? "its check holds" : `all ${checks} checks hold`;
}
