/** decapod workflow new: a workflow of one's own, from one that comes with decapod. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { NewFiles } from "../new-files.ts";
import { clean } from "../print.ts";
import { refused, usage } from "../refusal.ts";
import { printTable } from "../table.ts";
import { addFromTemplate, addSchema, FIRST_TEMPLATE, findTemplate, ownFile } from "../templates.ts";

/** What is a file name everywhere, and reads as one word on a command line. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const { files, umask, calledAs } = application;
  const [name = ""] = words;
  if (!NAME.test(name)) {
    throw usage(
      `"${clean(name, 60)}" cannot be the name of a workflow`,
      "letters, digits, - and _, such as publish-site",
    );
  }
  const { root } = projectOf(context);
  const template = findTemplate(application, textOption(options, "template") ?? FIRST_TEMPLATE);
  const own = ownFile(files, root, name);
  if (own !== null) {
    throw refused("E_CONFLICT", `there is ${own} already; nothing was changed`, "take another name");
  }
  const made = new NewFiles(files, { root, umask });
  addFromTemplate(made, files, { template, name });
  addSchema(made);
  const next = `${calledAs} workflow show ${name}`;
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, project: root, files: made.list, next }));
    return EXIT.done;
  }
  const rows = made.list.map(({ state, file, what }) => [{ text: state }, { text: file }, { text: what }]);
  printTable(out, { headers: ["", "FILE", "WHAT"], rows }, globals.wide);
  hint(context, `next: ${next}`);
  return EXIT.done;
}
