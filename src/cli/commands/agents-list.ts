/** decapod agents list: the roles that tasks can name, and where each comes from. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { knownRoles, roleDocument } from "../roles.ts";
import { printTable } from "../table.ts";

export async function action(context: Context): Promise<number> {
  const { application, globals, out } = context;
  const roles = knownRoles(application, projectOf(context));
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, agents: roles.map(roleDocument) }));
    return EXIT.done;
  }
  const rows = roles
    .map(roleDocument)
    .map(({ name, names, from, driver, model, description }) => [
      { text: names.length > 1 ? `${name} (${names.slice(1).join(", ")})` : name },
      { text: from },
      { text: driver },
      { text: model ?? "" },
      { text: description ?? "" },
    ]);
  printTable(out, { headers: ["ROLE", "FROM", "DRIVER", "MODEL", "WHAT"], rows }, globals.wide);
  hint(context, `next: ${application.calledAs} agents show ${clean(roles[0]?.names[0] ?? "ROLE")}`);
  return EXIT.done;
}
