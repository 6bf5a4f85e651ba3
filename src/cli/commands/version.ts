import { EXIT } from "../../core/problem.ts";
import type { Context } from "../context.ts";
import { jsonText } from "../json.ts";

export async function action({ application, globals, out }: Context): Promise<number> {
  const { version } = application;
  const { platform, arch, versions } = process;
  if (globals.json) out.line(jsonText({ schemaVersion: 1, version, node: versions.node, platform, arch }));
  else out.line(`decapod ${version}`);
  return EXIT.done;
}
