/** The answer to an agent that asks for permission: by kind and by place. A person is asked later, where a rule can say it. */
import { isAbsolute, join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import { isAllowed, refusing, type WantedCall } from "../../spec/permission-rules.ts";
import type { Refusal } from "../agent/denied.ts";
import { mapAt, mapsAt, textAt } from "../agent/event.ts";
import { ruleFor } from "../agent/settings.ts";
import type { Policy } from "./bridge-settings.ts";

export interface Ruling {
  /** null: it offers no such answer. */
  readonly option: string | null;
  /** null: it was allowed. */
  readonly refused: Refusal | null;
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
  const options = mapsAt(request, "options");
  const of = (wanted: string) => {
    const found = options.find((option) => textAt(option, "kind") === wanted);
    return found === undefined ? null : textAt(found, "optionId");
  };
  const refused = refusalOf(call, policy, known);
  // Once only: an answer that holds for ever would hold for what nobody has seen yet.
  const once = of("allow_once");
  const option = refused === null ? (once ?? (policy.all ? of("allow_always") : null)) : null;
  if (option !== null) return { option, refused: null };
  const told = refused ?? { call: wordsOf(call, known), rule: null, isEver: false };
  // Nobody can allow what is not offered for once.
  const rule = once === null ? null : told.rule;
  return { option: of("reject_once") ?? of("reject_always"), refused: { ...told, rule } };
}

/** null: it is allowed. */
export function refusalOf(call: JsonMap, policy: Policy, known: Known): Refusal | null {
  const kind = kindOf(call, known);
  const paths = [...pathsOf(call), ...known.pathsOf(textAt(call, "toolCallId") ?? "")];
  const outside = policy.all ? undefined : paths.find((path) => !isInside(path, kind, { policy, known }));
  // Who changes files without saying which may mean any.
  const isPlaced = paths.length > 0 || !CHANGING.has(kind);
  const wanted = wantedCalls(kind, call);
  const refusal = wanted.flatMap((one) => refusing(policy.rules, one) ?? [])[0];
  // Of what may be meant each must be allowed.
  const isRuled = wanted.length > 0 && wanted.every((one) => isAllowed(policy.rules, one));
  const isUsual = policy.kinds.includes(kind) || isRuled;
  const isYes = refusal === undefined && (policy.all || (isUsual && outside === undefined && isPlaced));
  if (isYes) return null;
  const where = outside === undefined ? "" : ` outside of the workspace (${outside})`;
  // What a person allows of it says nothing of the place.
  const isAskable = outside === undefined && isPlaced;
  return {
    call: `${wordsOf(call, known, where)}${ruleText(refusal)}`,
    rule: isAskable ? ruleOf(kind, call, policy) : null,
    isEver: refusal !== undefined,
  };
}

function kindOf(call: JsonMap, known: Known): string {
  return textAt(call, "kind") ?? known.kindOf(textAt(call, "toolCallId") ?? "") ?? "other";
}

function wordsOf(call: JsonMap, known: Known, where = ""): string {
  return `${kindOf(call, known)}${where}: ${titleOf(call)}`;
}

export const CHANGING: ReadonlySet<string> = new Set(["edit", "delete", "move"]);

/** In the words of rules. Which of the two is meant by a fetch of nothing said, nobody knows. */
function wantedCalls(kind: string, call: JsonMap): readonly WantedCall[] {
  const input = mapAt(call, "rawInput");
  if (kind === "execute") return [{ tool: "Bash", about: textAt(input, "command") }];
  if (kind !== "fetch") return [];
  const url = URL.parse(textAt(input, "url") ?? "");
  if (url !== null) return [{ tool: "WebFetch", about: `domain:${url.hostname}` }];
  return [
    { tool: "WebFetch", about: null },
    { tool: "WebSearch", about: null },
  ];
}

function ruleOf(kind: string, call: JsonMap, { askable }: Policy): string | null {
  const input = mapAt(call, "rawInput");
  const tool = kind === "execute" ? "Bash" : "WebFetch";
  if ((kind !== "execute" && kind !== "fetch") || !askable.includes(tool)) return null;
  return ruleFor({ tool_name: tool, tool_input: input });
}

function ruleText(refusal: string | undefined): string {
  return refusal === undefined ? "" : ` (your configuration refuses ${refusal})`;
}

function titleOf(call: JsonMap): string {
  const input = mapAt(call, "rawInput");
  return textAt(input, "command") ?? textAt(call, "title") ?? textAt(call, "name") ?? "a tool";
}

export function pathsOf(call: JsonMap): readonly string[] {
  return [...mapsAt(call, "locations"), ...mapsAt(call, "content")].flatMap(
    (one) => textAt(one, "path") ?? [],
  );
}

const READING: ReadonlySet<string> = new Set(["read", "search", "think"]);
/** Of a folder with all in it. */
const WHOLE: ReadonlySet<string> = new Set(["delete", "move"]);

interface Fence {
  readonly policy: Policy;
  readonly known: Known;
}

/** The innermost folder that holds it says. */
function isInside(path: string, kind: string, { policy, known }: Fence): boolean {
  const real = known.realPath(isAbsolute(path) ? path : join(known.workspace, path));
  if (WHOLE.has(kind) && policy.closed.some((folder) => isWithin(folder, real))) return false;
  const depth = (folders: readonly string[]) =>
    Math.max(-1, ...folders.filter((folder) => isWithin(real, folder)).map(({ length }) => length));
  const closed = READING.has(kind) ? -1 : depth(policy.closed);
  return depth(policy.roots) > closed;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
