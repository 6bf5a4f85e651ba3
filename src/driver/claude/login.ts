/**
 * How claude proves who pays: by variables of the person's own environment, or by the login that `claude` itself keeps.
 * Nothing of it comes from the project, and its own login is used where it lies, never copied: a copy would have its
 * refresh token used up behind the back of the original.
 */
import { dirname, isAbsolute, join } from "node:path";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { isSet, type LoginSetting, longEnough, valuesOf } from "../agent/login.ts";
import type { Environment } from "../agent/program.ts";

export interface Login {
  readonly environment: Readonly<Record<string, string>>;
  /** To be redacted, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** null: a folder of the attempt's own. */
  readonly configFolder: "attempt" | "person";
}

/** Each is enough alone. */
const CREDENTIALS = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"] as const;
/** Passed on as they are, whoever pays; those that may hold a secret are redacted as well. */
const PASSED = [
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_MODEL",
  "API_TIMEOUT_MS",
  "CLAUDE_CODE_MAX_RETRIES",
  "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB",
  "IS_SANDBOX",
  "NODE_EXTRA_CA_CERTS",
] as const;
const SECRET_PASSED = ["ANTHROPIC_CUSTOM_HEADERS"] as const;

export function loginOf(
  person: Environment,
  setting: LoginSetting,
  files: Files,
  isMac: boolean,
): Result<Login> {
  const found = CREDENTIALS.filter((name) => isSet(person[name]));
  const byVariables = setting === "environment" || (setting === "auto" && found.length > 0);
  if (byVariables && found.length === 0)
    return bad({
      code: "E_DRIVER_LOGIN",
      message: "claude has no credentials: none of its variables is set",
      hint: `set one of ${CREDENTIALS.join(", ")}`,
    });
  if (!byVariables && !isLoggedIn(person, files, isMac))
    return bad({
      code: "E_DRIVER_LOGIN",
      message: "claude has no credentials: no variable is set, and nobody is logged in to claude here",
      hint: "start claude once and log in; or set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN from `claude setup-token`",
    });
  const secrets = valuesOf(person, [...(byVariables ? found : []), ...SECRET_PASSED]);
  const environment = { ...valuesOf(person, PASSED), ...secrets };
  const kept = byVariables ? {} : valuesOf(person, ["CLAUDE_CONFIG_DIR"]);
  return good({
    environment: { ...environment, ...kept },
    secrets: longEnough(secrets),
    configFolder: byVariables ? "attempt" : "person",
  });
}

/** Whether somebody is, without a look at what the login consists of. On a Mac that lies in the keychain. */
function isLoggedIn(person: Environment, files: Files, isMac: boolean): boolean {
  const folder = personFolder(person);
  if (folder === null) return false;
  if (files.exists(join(folder, ".credentials.json"))) return true;
  const account = join(isSet(person.CLAUDE_CONFIG_DIR) ? folder : dirname(folder), ".claude.json");
  return isMac && (files.readTextIf(account)?.includes('"oauthAccount"') ?? false);
}

/** Where claude keeps the person's own files; null: this environment has no place for them. */
export function personFolder({ CLAUDE_CONFIG_DIR: own, HOME = "" }: Environment): string | null {
  const folder = isSet(own) ? String(own) : join(HOME, ".claude");
  return isAbsolute(folder) ? folder : null;
}
