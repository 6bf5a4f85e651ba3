/** The answer to an agent that asks for permission. Nobody is there to be asked: it goes by kind and by place. */
import { isAbsolute, join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import { mapAt, mapsAt, textAt } from "../agent/event.ts";
import type { Policy } from "./bridge-settings.ts";

export interface Ruling {
  /** null: it offers no such answer. */
  readonly option: string | null;
  /** What was refused, in words; null: it was allowed. */
  readonly refused: string | null;
}

/** `kindOf` a call that was told before; `realPath` of what may not be there yet. */
export interface Known {
  readonly workspace: string;
  readonly kindOf: (call: string) => string | null;
  /** Where such a call was said to act. */
  readonly pathsOf: (call: string) => readonly string[];
  readonly realPath: (path: string) => string;
}

export function rule(request: JsonMap, policy: Policy, known: Known): Ruling {
  const call = mapAt(request, "toolCall");
  const kind = textAt(call, "kind") ?? known.kindOf(textAt(call, "toolCallId") ?? "") ?? "other";
  const paths = [...pathsOf(call), ...known.pathsOf(textAt(call, "toolCallId") ?? "")];
  const outside = policy.all ? undefined : paths.find((path) => !isInside(path, policy, known));
  // Who changes files without saying which may mean any.
  const isPlaced = paths.length > 0 || !CHANGING.has(kind);
  const isAllowed = policy.all || (policy.kinds.includes(kind) && outside === undefined && isPlaced);
  const options = mapsAt(request, "options");
  const of = (wanted: string) => {
    const found = options.find((option) => textAt(option, "kind") === wanted);
    return found === undefined ? null : textAt(found, "optionId");
  };
  // Once only: an answer that holds for ever would hold for what nobody has seen yet.
  if (isAllowed) {
    const option = of("allow_once") ?? (policy.all ? of("allow_always") : null);
    if (option !== null) return { option, refused: null };
  }
  const where = outside === undefined ? "" : ` outside of the workspace (${outside})`;
  return {
    option: of("reject_once") ?? of("reject_always"),
    refused: `${kind}${where}: ${titleOf(call)}`,
  };
}

const CHANGING: ReadonlySet<string> = new Set(["edit", "delete", "move"]);

function titleOf(call: JsonMap): string {
  const input = mapAt(call, "rawInput");
  return textAt(input, "command") ?? textAt(call, "title") ?? textAt(call, "name") ?? "a tool";
}

export function pathsOf(call: JsonMap): readonly string[] {
  return [...mapsAt(call, "locations"), ...mapsAt(call, "content")].flatMap(
    (one) => textAt(one, "path") ?? [],
  );
}

function isInside(path: string, { roots }: Policy, { workspace, realPath }: Known): boolean {
  const real = realPath(isAbsolute(path) ? path : join(workspace, path));
  return roots.some((root) => real === root || real.startsWith(`${root}/`));
}
