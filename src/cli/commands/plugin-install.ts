/**
 * decapod plugin install claude-code: puts the plugin where the person's own Claude Code finds it by itself, a folder
 * below its `skills`. Nothing else of theirs is touched.
 */
import { isAbsolute, join } from "node:path";
import { EXIT } from "../../core/problem.ts";
import { packageFolder } from "../../port/package-folder.ts";
import { nearest } from "../../spec/nearest.ts";
import { type Context, flagOption, hint, type Options } from "../context.ts";
import { jsonText } from "../json.ts";
import { copyPlugin, type PluginFile, pluginFiles } from "../plugin-files.ts";
import { clean } from "../print.ts";
import { refused, usage } from "../refusal.ts";
import { printTable } from "../table.ts";

const PROGRAMS = ["claude-code"];

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const [program = ""] = words;
  if (!PROGRAMS.includes(program))
    throw usage(
      `there is no plugin for "${clean(program, 40)}"`,
      nearest(program, PROGRAMS) ?? PROGRAMS.join(", "),
    );
  const { files, umask, calledAs } = application;
  const source = packageFolder("plugin");
  const target = join(claudeFolder(context), "skills", "decapod");
  const list = pluginFiles(files, source, target);
  const isPrinted = flagOption(options, "print");
  const isReplaced = flagOption(options, "replace");
  const different = list.filter(({ state }) => state === "differs");
  if (!isPrinted && !isReplaced && different.length > 0) throw differs(context, target, different);
  if (!isPrinted) copyPlugin(files, list, { source, target, umask });
  const isInPath = application.programs(["decapod"]).decapod !== undefined;
  const shown = list.map(({ file, state }) => ({ file, state: stateText(state, { isPrinted, isReplaced }) }));
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, plugin: { folder: target, isPrinted, isInPath, files: shown } }));
    return EXIT.done;
  }
  hint(context, `folder ${clean(target, 1000)}`);
  const rows = shown.map(({ file, state }) => [{ text: state }, { text: file }]);
  printTable(out, { headers: ["", "FILE"], rows }, globals.wide);
  if (!isInPath)
    hint(
      context,
      "note: decapod is not in PATH, where Claude Code looks for it: npm run link, or npm install -g",
    );
  hint(
    context,
    isPrinted
      ? "nothing was written"
      : `next: a new session of claude has it; without it again: rm -r ${target}`,
  );
  if (isPrinted) hint(context, `next: ${calledAs} plugin install ${program}`);
  return EXIT.done;
}

/** Where Claude Code keeps what is the person's: CLAUDE_CONFIG_DIR, else ~/.claude. */
function claudeFolder({ application }: Context): string {
  const { CLAUDE_CONFIG_DIR: own = "", HOME: home = "" } = application.environment;
  if (isAbsolute(own)) return own;
  if (isAbsolute(home)) return join(home, ".claude");
  throw refused(
    "E_NOT_FOUND",
    "there is no home folder in this environment",
    "set HOME, or CLAUDE_CONFIG_DIR",
  );
}

function differs({ application }: Context, target: string, different: readonly PluginFile[]) {
  const names = different.map(({ file }) => clean(file)).join(", ");
  return refused(
    "E_CONFLICT",
    `these files in ${clean(target, 1000)} are not those of this version: ${names}`,
    `${application.calledAs} plugin install claude-code --replace, which writes over them`,
  );
}

function stateText(
  state: PluginFile["state"],
  { isPrinted, isReplaced }: { readonly isPrinted: boolean; readonly isReplaced: boolean },
): string {
  if (state === "same") return "kept";
  if (state === "new") return isPrinted ? "would be made" : "made";
  if (!isPrinted) return "replaced";
  return isReplaced ? "would be replaced" : "differs";
}
