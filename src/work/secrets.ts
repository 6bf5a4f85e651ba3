/** Resolving secrets when an attempt starts: never earlier, never into the journal (formats.md 1.7). */

import { isAbsolute, join } from "node:path";
import { SECRET_LENGTH_MIN } from "../core/limits.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { SecretSource } from "../core/secret-source.ts";
import type { Files } from "../port/files.ts";

export interface SecretPorts {
  readonly files: Files;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly projectRoot: string;
  /** Runs an argv for at most 10 s and gives at most 64 KiB of what it printed. */
  readonly output: (argv: readonly string[]) => Promise<Result<string>>;
}

export async function resolveSecrets(
  sources: Readonly<Record<string, SecretSource>>,
  ports: SecretPorts,
): Promise<Result<Readonly<Record<string, string>>>> {
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const read = await resolveSecret(name, source, ports);
    if (read.ok) values[name] = read.value;
    else problems.push(...read.problems);
  }
  return problems.length === 0 ? good(values) : bad(...problems);
}

/** A secret that is found without starting a program: null when it is not there, undefined when only a command tells. */
export function knownSecret(
  source: SecretSource,
  ports: Omit<SecretPorts, "output">,
): string | null | undefined {
  if ("env" in source) return ports.environment[source.env] ?? null;
  if ("command" in source) return undefined;
  const file = isAbsolute(source.file) ? source.file : join(ports.projectRoot, source.file);
  return ports.files.readTextIf(file)?.trimEnd() ?? null;
}

async function resolveSecret(
  name: string,
  source: SecretSource,
  ports: SecretPorts,
): Promise<Result<string>> {
  const read = await readSource(name, source, ports);
  if (!read.ok || read.value.length >= SECRET_LENGTH_MIN) return read;
  return bad({
    code: "E_SECRET_SHORT",
    message: `secret ${name} has fewer than ${SECRET_LENGTH_MIN} characters: it could not be kept out of logs`,
  });
}

async function readSource(name: string, source: SecretSource, ports: SecretPorts): Promise<Result<string>> {
  if ("env" in source || "file" in source) {
    const value = knownSecret(source, ports);
    const where =
      "env" in source
        ? `the environment variable ${source.env} is not set`
        : `the file ${source.file} is not there`;
    return typeof value === "string" ? good(value) : missing(name, where);
  }
  const printed = await ports.output(source.command);
  return printed.ok
    ? good(printed.value.trimEnd())
    : missing(name, `${source.command[0]} did not give it: ${printed.problems[0]?.message}`);
}

function missing(name: string, why: string): Result<string> {
  return bad({ code: "E_SECRET_MISSING", message: `secret ${name} cannot be found: ${why}` });
}
