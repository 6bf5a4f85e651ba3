/** decapod worker new: a manifest and a program to begin with, in a language of choice. */

import { join } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { packageFolder } from "../../port/package-folder.ts";
import { BUILT_IN_WORKERS } from "../../spec/built-in-names.ts";
import { BUILT_IN } from "../../spec/schema-agents.ts";
import { type Context, hint, type Options, projectOf, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { NewFiles } from "../new-files.ts";
import { clean } from "../print.ts";
import { refused, usage } from "../refusal.ts";
import { printTable } from "../table.ts";
import { knownWorkers } from "../workers.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;

/** Language → what its first program is called, and who runs it. */
const LANGUAGES = {
  bash: { ending: "sh", program: "bash" },
  python: { ending: "py", program: "python3" },
  node: { ending: "mjs", program: "node" },
} as const;

type Language = keyof typeof LANGUAGES;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const { files, umask, calledAs } = application;
  const [name = ""] = words;
  if (!NAME.test(name) || BUILT_IN.has(name) || BUILT_IN_WORKERS.includes(name))
    throw usage(
      `"${clean(name, 60)}" cannot be the name of a worker of your own`,
      "letters, digits, - and _, such as publish-site, and none that is built in",
    );
  const project = projectOf(context);
  if (knownWorkers(application, project).some((one) => one.name === name))
    throw refused(
      "E_CONFLICT",
      `there is a worker ${name} already; nothing was changed`,
      "take another name",
    );
  const { ending, program } = languageOf(textOption(options, "language") ?? "bash");
  const made = new NewFiles(files, { root: project.root, umask });
  const first = (file: string) =>
    files
      .readText(join(packageFolder("workers"), "first", file))
      .replaceAll("NAME", name)
      .replaceAll("PROGRAM", program)
      .replaceAll("ENDING", ending);
  made.file(`workers/${name}.yaml`, "its manifest: what it takes, what it gives", first("manifest.yaml"));
  made.file(`workers/${name}.${ending}`, "its program", first(`program.${ending}`));
  const next = `${calledAs} worker check ${name}`;
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, project: project.root, files: made.list, next }));
    return EXIT.done;
  }
  const rows = made.list.map(({ state, file, what }) => [{ text: state }, { text: file }, { text: what }]);
  printTable(out, { headers: ["", "FILE", "WHAT"], rows }, globals.wide);
  hint(context, `next: ${next}`);
  return EXIT.done;
}

function languageOf(asked: string): (typeof LANGUAGES)[Language] {
  const known = Object.keys(LANGUAGES);
  if (known.includes(asked)) return LANGUAGES[asked as Language];
  throw usage(
    `no worker can be begun in "${clean(asked, 60)}"`,
    `--language ${known.join(", ")}; any other by hand`,
  );
}
