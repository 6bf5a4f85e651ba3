/** decapod workflow schema: printed from the same source that checks files. */
import { EXIT } from "../../core/problem.ts";
import { type Context, flagOption, type Options } from "../context.ts";
import { jsonText } from "../json.ts";

export async function action({ out }: Context, _words: readonly string[], options: Options): Promise<number> {
  const { workflowJsonSchema, workflowSchemaYaml } = await import("../../spec/schema-json.ts");
  out.line(flagOption(options, "yaml") ? workflowSchemaYaml().trimEnd() : jsonText(workflowJsonSchema()));
  return EXIT.done;
}
