/** A role's file as its author sees it: what stands where, what of it has no effect here, and what is wrong with it. */
import { basename } from "node:path";
import { isMap, type JsonMap, own } from "../core/json.ts";
import type { Place, Problem } from "../core/problem.ts";
import { BUILT_IN_WORKERS } from "./built-in-names.ts";
import { DRIVERS } from "./field-values.ts";
import { readMarkdown } from "./front-matter.ts";
import { nearest } from "./nearest.ts";
import { BUILT_IN } from "./schema-agents.ts";

/** The keys that a role is read from; what else stands there is for other programs. */
const KEYS: ReadonlySet<string> = new Set([
  ...["name", "description", "tools", "disallowedTools"],
  ...["model", "maxTurns", "permissionMode", "mcpServers", "skills", "decapod"],
]);

export interface RoleText {
  readonly front: JsonMap;
  readonly description: string | null;
  /** Keys that have no effect here. */
  readonly ignored: readonly string[];
  /** Where a key stands: `model`, or `decapod.driver`; the first line for what stands nowhere. */
  place(key: string): Place;
}

/** `shown` is the file as people see it. */
export function readRoleText(shown: string, text: string): RoleText {
  const { front } = readMarkdown(text);
  const { description } = front;
  return {
    front,
    description: typeof description === "string" && description !== "" ? description : null,
    ignored: Object.keys(front).filter((key) => !KEYS.has(key)),
    place: (key) => placeOf(shown, text, key),
  };
}

function placeOf(file: string, text: string, key: string): Place {
  const lines = text.split(/\r?\n/);
  const [outer = "", inner] = key.split(".");
  const start = (name: string, from: number) =>
    lines.findIndex((line, at) => at >= from && new RegExp(`^\\s*${name}[ \\t]*:`).test(line));
  const at = inner === undefined ? start(outer, 0) : start(inner, Math.max(0, start(outer, 0)));
  const line = lines[at] ?? "";
  const column = line.length - line.trimStart().length;
  return at === -1
    ? { file, line: 1, column: 1 }
    : { file, line: at + 1, column: column + 1, length: (inner ?? outer).length };
}

/** What is wrong with it whatever does the work; what a driver says to it comes beside that. */
export function roleTextProblems(shown: string, text: string): readonly Problem[] {
  const read = readRoleText(shown, text);
  const { front, place } = read;
  const { body } = readMarkdown(text);
  if (Object.keys(front).length === 0 && /^\ufeff?---[ \t]*\r?\n/.test(text))
    return [
      {
        code: "E_FRONT_MATTER",
        message: "the front matter is opened and never closed, or holds no key",
        hint: "a line of --- below its last key",
        at: place(""),
      },
    ];
  const empty: Problem = {
    code: "E_REQUIRED",
    message: "nothing stands below the front matter, so the agent is told nothing of its role",
    hint: "write there what it does, how, and what it hands back",
    at: { file: shown, line: text.trimEnd().split(/\r?\n/).length, column: 1 },
  };
  return [...reserved(shown, read), ...unknownDriver(read), ...(body === "" ? [empty] : [])];
}

function reserved(shown: string, { front, place }: RoleText): readonly Problem[] {
  const stem = basename(shown, ".md");
  const name = typeof front.name === "string" && front.name !== "" ? front.name : stem;
  if (!BUILT_IN.has(name) && !BUILT_IN_WORKERS.includes(name)) return [];
  const message = `${name} is built in, so no task ever gets this role`;
  return [{ code: "E_RESERVED_NAME", message, hint: "another name", at: place("name") }];
}

function unknownDriver({ front, place }: RoleText): readonly Problem[] {
  const ours = own(front, "decapod");
  const driver = isMap(ours) ? own(ours, "driver") : undefined;
  if (typeof driver !== "string" || DRIVERS.includes(driver)) return [];
  const message = `there is no driver "${driver}"`;
  const hint = nearest(driver, DRIVERS) ?? `one of ${DRIVERS.join(", ")}`;
  return [{ code: "E_CHOICE", message, hint, at: place("decapod.driver") }];
}

/** What has no effect, though it looks as if it had. */
export function roleTextWarnings(shown: string, text: string): readonly Problem[] {
  const { front, description, place } = readRoleText(shown, text);
  const ours = own(front, "decapod");
  const turns = [
    ["maxTurns", own(front, "maxTurns")],
    ["decapod.max_turns", isMap(ours) ? own(ours, "max_turns") : undefined],
  ] as const;
  return [
    ...turns
      .filter(([, value]) => value !== undefined && !/^[1-9]\d*$/.test(String(value)))
      .map(([key, value]): Problem => {
        const message = `${key} is "${String(value)}", which is no whole number above 0: there is no limit`;
        return { code: "W_NO_EFFECT", message, hint: `${key}: 30`, at: place(key) };
      }),
    ...(description === null
      ? [
          {
            code: "W_NO_EFFECT",
            message: "without a description nobody sees in a list what this role is for",
            hint: "description: what it does, in one sentence",
            at: place("description"),
          },
        ]
      : []),
  ];
}
