/** What doctor and health find, and how it is told. */
import { EXIT } from "../core/problem.ts";
import type { Context } from "./context.ts";
import { filled } from "./filled.ts";
import { jsonText } from "./json.ts";
import { clean } from "./print.ts";

const NAME_COLUMNS = 12;

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly hint: string | null;
  /** Puts it right where that is safe, and says what it did. */
  readonly fix?: () => string | Promise<string>;
}

/** Puts right what may be put right, and says so. False when there is nothing of the kind. */
export async function putRight({ globals, err }: Context, checks: readonly Check[]): Promise<boolean> {
  const fixes = checks.flatMap(({ fix }) => fix ?? []);
  for (const fix of fixes) {
    const done = await fix();
    if (!globals.json) err.line(clean(done, 4000));
  }
  return fixes.length > 0;
}

export function well(name: string, message: string, hint: string | null = null): Check {
  return { name, ok: true, message, hint };
}

export function wrong(name: string, message: string, hint: string, fix?: () => string): Check {
  return { name, ok: false, message, hint, ...(fix !== undefined && { fix }) };
}

/** A check that cannot be made is itself something to look at. */
export function checked(name: string, check: () => Check): Check {
  try {
    return check();
  } catch (thrown) {
    return notLookedAt(name, thrown);
  }
}

/** The same of those that wait for an answer. */
export async function checkedLater(
  name: string,
  check: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (thrown) {
    return [notLookedAt(name, thrown)];
  }
}

function notLookedAt(name: string, thrown: unknown): Check {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return wrong(name, `it could not be looked at: ${why}`, "look at the folder and its permissions");
}

/** With its exit code: `failed` when something is wrong. */
export function report({ globals, out }: Context, checks: readonly Check[], failed: number): number {
  const ok = checks.every((check) => check.ok);
  if (globals.json) {
    const shown = checks.map(({ name, ok: isWell, message, hint }) => ({ name, ok: isWell, message, hint }));
    out.line(jsonText({ schemaVersion: 1, ok, checks: shown }));
    return ok ? EXIT.done : failed;
  }
  for (const check of checks) {
    const sign = check.ok ? out.paint("green", "✓") : out.paint("red", "✗");
    const indent = " ".repeat(NAME_COLUMNS + 3);
    const lines = (text: string) => filled(clean(text, 400), (out.columns ?? 1_000) - indent.length);
    out.line(`${sign} ${check.name.padEnd(NAME_COLUMNS)} ${lines(check.message).join(`\n${indent}`)}`);
    if (check.hint !== null)
      out.lines(lines(`try: ${check.hint}`).map((line) => indent + out.paint("gray", line)));
  }
  return ok ? EXIT.done : failed;
}
