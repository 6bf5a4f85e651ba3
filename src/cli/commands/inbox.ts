/** decapod inbox: everything that waits for a person. */
import { EXIT } from "../../core/problem.ts";
import { answerLines } from "../answer-lines.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { questionLines } from "../deciding/decide.ts";
import { decisionDocument } from "../deciding/deciding.ts";
import { openInProject } from "../deciding/find-decision.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { take } from "../refusal.ts";
import { localTime } from "../text.ts";

export async function action(
  context: Context,
  _words: readonly string[],
  _options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const reader = take(application.read(projectOf(context)));
  const open = reader === null ? [] : openInProject(reader);
  if (globals.json) {
    const decisions = open.map(decisionDocument);
    out.line(jsonText({ schemaVersion: 1, decisions }));
    return EXIT.done;
  }
  if (globals.jsonl) {
    for (const one of open) out.line(JSON.stringify({ schemaVersion: 1, decision: decisionDocument(one) }));
    return EXIT.done;
  }
  for (const { root, ...one } of open) {
    out.lines(questionLines(out, { ...one, runName: shortRun(reader, root), phrase: null }, localTime()));
    out.lines(answerLines(application.calledAs, one.name, one.decision));
  }
  if (open.length === 0) out.line("nothing waits for you");
  return EXIT.done;
}
