/** Names that stand outside of the tasks of a file: the environment and its secrets; and how a name's problem is told. */
import type { Code } from "../core/codes.ts";
import type { Said } from "./findings.ts";
import type { Level, Use } from "./level.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./source.ts";

export function environment(level: Level, use: Use): void {
  const { path } = use.reference;
  const { environmentPass } = level.root.surroundings;
  if (level.root.isTrusted || path[0] === undefined || environmentPass.includes(path[0])) return;
  const message = `the environment's "${path[0]}" is not passed on`;
  add(use, level, "E_EXPR_NAME", { message, hint: `decapod.yaml: env: {pass: [${path[0]}]}` });
}

export function secret(level: Level, use: Use): void {
  const name = use.reference.path[0];
  const { secrets, isTrusted, findings } = level.root;
  // Its caller's secrets were known when it was checked.
  if (isTrusted) return;
  if (!use.rule.secrets) {
    add(use, level, "E_SECRET_CONTEXT", {
      message: "a secret may stand only in env and in credential fields",
      hint: `env: { ${name ?? "NAME"}: "\${secrets.${name ?? "NAME"}}" }`,
    });
  } else if (name !== undefined && findings.wasTakenOut(["context", "secrets", name])) {
    return;
  } else if (name === undefined || !secrets.has(name)) {
    const message =
      name === undefined
        ? "secrets are read one by one, as secrets.NAME"
        : `context.secrets declares no "${name}"`;
    add(use, level, "E_SECRET_UNKNOWN", {
      message,
      hint: name === undefined ? undefined : (nearest(name, secrets) ?? UNDECLARED_HINT),
    });
  }
}

const UNDECLARED_HINT = "declare it there; what a parent hands down under this name goes before it";

/** What could not be read, and was told: who names it is not told again. */
export function isGone({ root }: Level, list: Path, name: string): boolean {
  return root.findings.wasTakenOut([...list, name]) || root.findings.isGone(list);
}

export function spotOf({ reference, text, path }: Use) {
  return { path, inside: { text, offset: reference.offset, length: reference.length } };
}

export function add(use: Use, level: Level, code: Code, said: Said): void {
  level.root.findings.add(code, spotOf(use), said);
}
