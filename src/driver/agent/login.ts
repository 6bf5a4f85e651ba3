/**
 * How an agent proves who pays: by variables of the person's own environment, or by the login that its program keeps.
 * Nothing of it comes from the project, and a login is used where it lies, never copied: a copy would have its refresh
 * token used up behind the back of the original.
 */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { AskedOfDriver } from "../driver.ts";
import type { Environment } from "./program.ts";

/** auto: variables when there are any, else the program's own login. */
export type LoginSetting = "auto" | "environment" | "own";

export interface LoginRules {
  /** As a person calls the program. */
  readonly command: string;
  /** Variables of which each is enough alone. */
  readonly credentials: readonly string[];
  /** Passed on as they are, whoever pays. */
  readonly passed: readonly string[];
  /** The file in which the program keeps its login; null: this environment has no place for one. */
  readonly ownLogin: (person: Environment) => string | null;
  /** How a person logs in. */
  readonly hint: string;
}

export interface FoundLogin {
  readonly environment: Readonly<Record<string, string>>;
  /** To be redacted, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The login that the program keeps, to be linked into the attempt's own folder; null: variables pay. */
  readonly ownFile: string | null;
}

export interface Person {
  readonly environment: Environment;
  readonly setting: LoginSetting;
  readonly files: Files;
}

export function findLogin(rules: LoginRules, { environment, setting, files }: Person): Result<FoundLogin> {
  const { command, credentials, passed, hint } = rules;
  const secrets = valuesOf(environment, credentials);
  const hasVariables = Object.keys(secrets).length > 0;
  const others = valuesOf(environment, passed);
  if (setting !== "own" && hasVariables)
    return good({ environment: { ...others, ...secrets }, secrets: longEnough(secrets), ownFile: null });
  const none = `${command} has no credentials`;
  const variables = `set ${credentials.length === 1 ? "" : "one of "}${credentials.join(", ")}`;
  if (setting === "environment")
    return bad({
      code: "E_DRIVER_LOGIN",
      message: `${none}: none of its variables is set`,
      hint: variables,
    });
  const ownFile = rules.ownLogin(environment);
  if (ownFile !== null && files.exists(ownFile)) return good({ environment: others, secrets: {}, ownFile });
  return bad({
    code: "E_DRIVER_LOGIN",
    message: `${none}: no variable is set, and nobody is logged in to ${command} here`,
    hint: `${hint}; or ${variables}`,
  });
}

export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

export function valuesOf(person: Environment, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (isSet(person[name]) ? [[name, String(person[name])]] : [])),
  );
}

/** A shorter value would be found in ordinary words. */
const SECRET_LENGTH_MIN = 8;

export function longEnough(secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value.length >= SECRET_LENGTH_MIN));
}

/**
 * Names that a task may not set for an agent: they say whom its credentials go to, what it loads, or how far it may go.
 */
const FORBIDDEN =
  /^(?:ANTHROPIC_.*|CLAUDE.*|OPENAI_.*|CODEX_.*|GEMINI_.*|OPENCODE.*|AWS_.*|GOOGLE_.*|VERTEX_.*|CLOUD_ML_.*|NODE_.*|BUN_.*|SSL_.*|OTEL_.*|MCP_.*|DISABLE_.*|API_TIMEOUT_MS|IS_SANDBOX|HOME|XDG_.*|.*_BASE_URL|.*_API_BASE|(?:https?|ftp|all|no)_proxy)$/i;

export function isForbiddenForAgents(name: string): boolean {
  return FORBIDDEN.test(name);
}

export function forbiddenNames(
  { environmentNames }: Pick<AskedOfDriver, "environmentNames">,
  command: string,
): readonly Problem[] {
  return environmentNames.filter(isForbiddenForAgents).map((name) => ({
    code: "E_ENV_NAME",
    message: `env sets ${name}, which no task may do for ${command}: it could send its credentials elsewhere or load code into it`,
    hint: "set it in your own environment, where it counts for all",
  }));
}
