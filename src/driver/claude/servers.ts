/** The person's MCP servers in the file that claude is given of them: it starts these, and no others. */
import type { Problem } from "../../core/problem.ts";
import type { McpServer, McpServers } from "../../spec/user-servers.ts";
import { looksSecret } from "../../spec/words.ts";
import { isSet, longEnough, valuesOf } from "../agent/login.ts";
import type { Environment } from "../agent/program.ts";

interface Person {
  readonly servers: McpServers;
  readonly environment: Environment;
}

/** `text` of the file; `secrets` are to be redacted, by name. */
export function serverFile(
  names: readonly string[],
  { servers, environment }: Person,
): { readonly text: string; readonly secrets: Readonly<Record<string, string>> } {
  const secrets: Record<string, string> = {};
  const entries = chosen(names, servers).map(([name, server]) => {
    const { command, args = [], env = {}, url, headers = {}, pass = [] } = server;
    const passed = valuesOf(environment, pass);
    const given = Object.entries({ ...env, ...headers }).flatMap(([key, value]) => secretsIn(key, value));
    // By server too: two of them may have the same name for what is not the same.
    for (const [key, value] of [...given, ...Object.entries(passed)]) secrets[`${name}.${key}`] = value;
    const file =
      url === undefined
        ? { type: "stdio", command, args, env: { ...env, ...passed } }
        : { type: "http", url, headers };
    return [name, file];
  });
  const text = `${JSON.stringify({ mcpServers: Object.fromEntries(entries) }, null, 2)}\n`;
  return { text, secrets: longEnough(secrets) };
}

/** Names beside those that `looksSecret` knows: of headers that say who asks, and of what products call theirs. */
const CREDENTIAL =
  /auth(?!ors?(?:[_-]|$))|cookie|bearer|signature|passw|passphrase|secret|token|(?:^|[_-])(?:key|pass|pat|pwd|dsn|session(?:[_-]?id)?)$/i;
const WITH_SCHEME = /^[A-Za-z]+ +(\S+)$/;
/** An address that says who asks. */
const WITH_LOGIN = /:\/\/(?:[^/\s@]*:)?([^/\s@]{8,})@/;

/**
 * What is written down in the configuration is mostly no secret: `production`, were it taken for one, would be `***` in
 * every output that says it. Where it is one, the part that is secret alone may be printed alone.
 */
function secretsIn(name: string, value: string): readonly (readonly [string, string])[] {
  const login = WITH_LOGIN.exec(value)?.[1];
  if (login === undefined && !looksSecret(name) && !CREDENTIAL.test(name)) return [];
  const part = login ?? WITH_SCHEME.exec(value)?.[1];
  return [[name, value], ...(part === undefined ? [] : [[`${name}.part`, part] as const])];
}

/** What a server is to be passed and this environment does not have. */
export function lackingVariables(
  names: readonly string[],
  { servers, environment }: Person,
): readonly Problem[] {
  return chosen(names, servers).flatMap(([name, { pass = [] }]) =>
    pass
      .filter((variable) => !isSet(environment[variable]))
      .map((variable) => ({
        code: "E_SECRET_MISSING",
        message: `the MCP server ${name} is to be passed ${variable}, which your environment does not have`,
        hint: `export ${variable}=…`,
      })),
  );
}

function chosen(names: readonly string[], servers: McpServers): readonly (readonly [string, McpServer])[] {
  return Object.entries(servers).filter(([name]) => names.includes(name));
}
