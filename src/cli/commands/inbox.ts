/** decapod inbox: everything that waits for a person. */
import { EXIT } from "../../core/problem.ts";
import { answerLines } from "../answer-lines.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { asQuestion } from "../deciding/decide.ts";
import { decisionDocument } from "../deciding/deciding.ts";
import { type OpenHere, openInProject } from "../deciding/find-decision.ts";
import { proposalLines, proposalsFor } from "../deciding/proposals.ts";
import { questionLines } from "../deciding/question-lines.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { take } from "../refusal.ts";
import { localTime } from "../text.ts";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const reader = take(application.read(project));
  const open = reader === null ? [] : openInProject(reader);
  const proposals = ({ decision }: OpenHere) =>
    reader === null ? [] : proposalsFor(application, project, reader, decision);
  const documentOf = (one: OpenHere) => ({ ...decisionDocument(one), proposals: proposals(one) });
  if (globals.json) {
    const decisions = open.map(documentOf);
    out.line(jsonText({ schemaVersion: 1, decisions }));
    return EXIT.done;
  }
  if (globals.jsonl) {
    for (const one of open) out.line(JSON.stringify({ schemaVersion: 1, decision: documentOf(one) }));
    return EXIT.done;
  }
  for (const one of open) {
    const question = asQuestion(reader, one, shortRun(reader, one.root));
    out.lines(questionLines(out, question, localTime(), options.full === true));
    out.lines(answerLines(application.calledAs, one.name, one.decision));
    out.lines(proposalLines(application, proposals(one)));
  }
  if (open.length === 0) out.line("nothing waits for you");
  return EXIT.done;
}
