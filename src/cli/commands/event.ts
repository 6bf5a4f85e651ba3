/** decapod event: says that something happened. Runs wait for it, or keep it for their waits. */
import type { Output as Answer } from "../../contract.ts";
import { EVENT_NAME_MAX } from "../../contract.ts";
import type { Json } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { Project, Reader } from "../application.ts";
import { type Context, hint, type Options, projectOf, readerOf, textOption } from "../context.ts";
import { leave } from "../following/leave.ts";
import { shortRun } from "../ids.ts";
import { readTextFile } from "../inputs.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { withOwner } from "../reach.ts";
import { refused, take, usage } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const [name = ""] = words;
  const key = textOption(options, "key") ?? "";
  for (const one of [name, key])
    if (one.length > EVENT_NAME_MAX)
      throw usage(`the name and the key of an event have at most ${EVENT_NAME_MAX} characters`);
  if (name === "") throw usage("an event has a name");
  const project = projectOf(context);
  const data = await readData(context, project, textOption(options, "data"));
  const reader = readerOf(context, project);
  const event = { name, key, data, id: application.newRunId() };
  const sent = await withOwner(application, project, { durability: null, slots: null }, async (reached) => {
    try {
      const call = await reached.operations();
      return take(await call("events.send", event));
    } finally {
      if (reached.kind === "here") await leave(context, project, reached.engine, new Set());
    }
  });
  if (globals.json) out.line(jsonText({ schemaVersion: 1, event: documentOf(event, sent) }));
  else if (globals.jsonl) out.line(JSON.stringify({ schemaVersion: 1, event: documentOf(event, sent) }));
  else print(context, reader, name, sent);
  return EXIT.done;
}

async function readData(context: Context, project: Project, given: string | null): Promise<Json> {
  if (given === null) return null;
  const { application } = context;
  const text =
    given === "-"
      ? Buffer.from(await application.readInput()).toString("utf8")
      : given.startsWith("@")
        ? take(readTextFile(application, given.slice(1), project.config.limits))
        : given;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw refused(
      "E_JSON",
      `the data is not JSON: ${clean(text, 60)}`,
      `a text stands in quotes: --data '"text"'`,
    );
  }
}

type Sent = Answer<"events.send">;

function documentOf({ name, key }: { readonly name: string; readonly key: string }, { runs }: Sent): object {
  return { name, key, runs };
}

function print(context: Context, reader: Reader, name: string, { runs }: Sent): void {
  const { out, application } = context;
  const taken = runs.filter(({ isTakenUp }) => isTakenUp);
  const woken = taken.reduce((sum, one) => sum + one.woken, 0);
  const keeping = runs.filter((one) => one.woken === 0 || !one.isTakenUp);
  const parts = [
    `woke ${count(woken, "wait")}`,
    ...(keeping.length === 0
      ? []
      : [`${count(keeping.length, "run")} ${keeping.length === 1 ? "keeps" : "keep"} it`]),
  ];
  out.line(`${out.paint("green", "✓")} ${clean(name)}  ${parts.join(", ")}`);
  for (const { run, woken: waits, isTakenUp } of runs) {
    if (isTakenUp) continue;
    const short = shortRun(reader, run);
    const what = waits > 0 ? "goes on with it" : "keeps it";
    hint(context, `${short} is interrupted and ${what}: ${application.calledAs} resume ${short}`);
  }
}
