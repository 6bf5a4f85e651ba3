/**
 * The environment of the process that deploys. Where its credentials come from and where requests go is said by the person
 * and the project; of a task's own `env` only a key that it was given as a secret is taken.
 */
import { bad, good, type Result } from "../../core/problem.ts";
import type { Target } from "../../spec/target.ts";
import type { Work } from "../driver.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface DeployEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** To be redacted, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

const KEY = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

/** Where else the SDK looks for credentials, none of which says where requests go. */
const CHAIN = [
  "AWS_CA_BUNDLE",
  "AWS_CONFIG_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_DEFAULT_REGION",
  "AWS_EC2_METADATA_DISABLED",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "HOME",
  "NODE_EXTRA_CA_CERTS",
];

/** A profile of the person's files is meant, not what else lies around. */
const OVER_A_PROFILE: readonly string[] = [...KEY, "AWS_PROFILE"];

export function deployEnvironment(
  work: Work,
  target: Target,
  engine: Environment,
): Result<DeployEnvironment> {
  const plain = Object.entries(work.environment).filter(([name]) => !/^(?:AWS_|NODE_|HOME$)/i.test(name));
  const keys = keysOf(work, target, engine);
  if (!keys.ok) return keys;
  const isProfile = target.profile !== null;
  const chain = pick(engine, isProfile ? CHAIN.filter((name) => !OVER_A_PROFILE.includes(name)) : CHAIN);
  const { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = keys.value;
  return good({
    environment: { ...Object.fromEntries(plain), ...chain, ...keys.value },
    secrets: {
      ...(secret !== undefined && { AWS_SECRET_ACCESS_KEY: secret }),
      ...(token !== undefined && { AWS_SESSION_TOKEN: token }),
    },
  });
}

function keysOf(
  work: Work,
  { credentials, profile }: Target,
  engine: Environment,
): Result<Readonly<Record<string, string>>> {
  if (profile !== null) return good({});
  if (credentials === null) {
    const given = pick(work.environment, KEY);
    return good(given.AWS_ACCESS_KEY_ID === undefined ? pick(engine, KEY) : given);
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const named = {
    [KEY[0]]: accessKeyId,
    [KEY[1]]: secretAccessKey,
    ...(sessionToken !== null && { [KEY[2]]: sessionToken }),
  };
  const found: Record<string, string> = {};
  for (const [name, variable] of Object.entries(named)) {
    const value = engine[variable] ?? "";
    if (value === "")
      return bad({
        code: "E_SECRET_MISSING",
        message: `the credentials of the target are not there: ${variable} is not set`,
        hint: `set ${variable} where decapod is started`,
      });
    found[name] = value;
  }
  return good(found);
}

function pick(from: Environment, names: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined && value !== "") found[name] = value;
  }
  return found;
}
