/** decapod pause: nothing more of a run starts; what runs goes on to its end. */

import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, type Options, projectOf, readerOf } from "../context.ts";
import { leave } from "../following/leave.ts";
import { openRow } from "../following/take-up.ts";
import { findRun, shortRun } from "../ids.ts";
import { jsonText, withFields } from "../json.ts";
import { clean } from "../print.ts";
import { withOwner } from "../reach.ts";
import { refused, take } from "../refusal.ts";
import { checkRunFields, runDocument } from "../run-document.ts";
import { count } from "../text.ts";
import { lookOfRun } from "../words.ts";

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const row = openRow(context, reader, take(findRun(reader, words[0] ?? "")));
  const { run } = row;
  if (row.status === "paused") {
    const name = shortRun(reader, run);
    const hint = `${context.application.calledAs} resume ${name}`;
    throw refused("E_CONFLICT", `run ${name} is paused already`, hint);
  }
  const options = { durability: null, slots: null };
  await withOwner(context.application, project, options, async (reached, isAgain) => {
    try {
      const call = await reached.operations();
      if (!isAgain || reader.run(run)?.status !== "paused") take(await call("runs.pause", { run }));
    } finally {
      // What others asked this process for meanwhile goes on without it.
      if (reached.kind === "here") await leave(context, project, reached.engine, new Set([run]));
    }
  });
  const paused = reader.run(run);
  if (paused !== null) print(context, reader, paused);
  return EXIT.done;
}

function print(context: Context, reader: Reader, row: RunRow): void {
  const { application, globals, out } = context;
  if (globals.json || globals.jsonl) {
    const document = withFields(runDocument(reader, row, context), globals.fields);
    return out.line(
      globals.json
        ? jsonText({ schemaVersion: 1, run: document })
        : JSON.stringify({ schemaVersion: 1, run: document }),
    );
  }
  const name = shortRun(reader, row.run);
  const running = reader.tasks(row.run).filter(({ status }) => status === "running").length;
  const goesOn =
    running === 0 ? "" : `  ${count(running, "task")} ${running === 1 ? "goes" : "go"} on to the end`;
  const look = lookOfRun({ status: row.status, waitingFor: 0, isInterrupted: false });
  out.line(`${out.paint(look.style, `${look.glyph} ${look.word}`)}  ${clean(row.workflow)} ${name}${goesOn}`);
  hint(context, `next: ${application.calledAs} resume ${name}`);
}
