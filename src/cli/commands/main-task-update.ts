/** decapod main-task update: hands on. Inside an invocation of a loop it moves only what that invocation began with. */
import { EXIT } from "../../core/problem.ts";
import type { Cursor } from "../../exchange/maintask/cursor.ts";
import { type Context, type Options, placeOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { cursorLines } from "../maintask/cursor-lines.ts";
import { moveHere } from "../maintask/cursor-move.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { usage } from "../refusal.ts";

/** The revision that an invocation began with: it moves that one and no other. */
const REVISION_VARIABLE = "MAIN_TASK_REVISION";

export async function action(
  context: Context,
  [status = "", next = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const place = placeOf(context);
  const stream = streamHere(context, place, options);
  const cursor = {
    status: status as Cursor["status"],
    next,
    task: textOption(options, "task"),
    focus: textOption(options, "focus"),
  };
  const expected = expectedOf(context, options);
  const attempt = application.environment.DECAPOD_ATTEMPT ?? null;
  const { revision } = await moveHere(context, place, {
    stream: stream.name,
    ...cursor,
    expected,
    attempt,
  });
  if (globals.json) out.line(jsonText({ schemaVersion: 1, revision, ...cursor }));
  else if (!globals.quiet) out.lines(cursorLines(cursor));
  return EXIT.done;
}

function expectedOf({ application }: Context, options: Options): number | null {
  const said = textOption(options, "ifRevision") ?? application.environment[REVISION_VARIABLE] ?? "";
  if (said === "") return null;
  const revision = Number(said);
  if (!Number.isSafeInteger(revision) || revision < 0)
    throw usage(`--if-revision takes a whole number, not "${said}"`, "decapod main-task log shows them");
  return revision;
}
