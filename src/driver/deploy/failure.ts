/** From what a server or the SDK says to the class of a failure and words for a person (formats.md 7). */
import { type Failure, failure } from "../../core/outcome.ts";
import { errorCode } from "../../port/files.ts";

/** Of a request that failed: as the SDK throws it. */
interface Said {
  readonly name: string;
  readonly message: string;
  readonly status: number | null;
}

export type Asked = "s3" | "cloudfront" | "page";

const CREDENTIALS = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AccountProblem",
  "AllAccessDisabled",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "Forbidden",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSecurity",
  "InvalidSignatureException",
  "InvalidToken",
  "MissingAuthenticationToken",
  "NotSignedUp",
  "SignatureDoesNotMatch",
  "TokenProviderError",
  "TokenRefreshRequired",
  "UnrecognizedClientException",
]);

const TRANSIENT = new Set([
  "InternalError",
  "InternalFailure",
  "OperationAborted",
  "RequestLimitExceeded",
  "RequestTimeout",
  "RequestTimeoutException",
  "ServiceUnavailable",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TimeoutError",
  "TooManyInvalidationsInProgress",
  "TooManyRequestsException",
]);

const UNREACHED = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ERR_SOCKET_CLOSED",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
]);

/** What to do about what only the project's settings can mend. */
const SETTINGS: Readonly<Record<string, string>> = {
  AccessControlListNotSupported: "the bucket takes no access lists",
  AnotherDeploy: "give such tasks the same concurrency group",
  AuthorizationHeaderMalformed: "the region of the target is not that of the bucket",
  BadDigest: "a file was changed while it was uploaded",
  IllegalLocationConstraintException: "the region of the target is not that of the bucket",
  InvalidBucketName: "the bucket cannot have this name",
  NoSuchBucket: "the bucket does not exist",
  PermanentRedirect: "the region of the target is not that of the bucket",
};

const CLOCK = new Set(["RequestTimeTooSkewed", "RequestExpired"]);

export function failureOf(error: unknown, asked: Asked): Failure {
  const said = read(error);
  const words =
    said.message === "" || said.message === said.name ? said.name : `${said.name}: ${said.message}`;
  if (CLOCK.has(said.name))
    return failure("config_error", `the clock of this machine is wrong, or the key is (${words})`);
  if (CREDENTIALS.has(said.name) || isWithoutCredentials(said))
    return failure("aws_credentials", `Please check AWS credentials on laptop: ${words}`);
  if (isTransient(error, said))
    return failure("transient", `${NAMES[asked]} did not answer as it should: ${words}`);
  if (asked === "cloudfront") return failure("cloudfront_config", `Manual intervention needed: ${words}`);
  const setting = Object.hasOwn(SETTINGS, said.name) ? SETTINGS[said.name] : undefined;
  if (setting !== undefined) return failure("config_error", `${setting} (${words})`);
  if (/region is missing/i.test(said.message))
    return failure("config_error", "the target has no region: region: eu-central-1 in decapod.yaml");
  return failure("unknown", words);
}

const NAMES: Readonly<Record<Asked, string>> = { s3: "S3", cloudfront: "CloudFront", page: "the page" };

function isWithoutCredentials({ name, message }: Said): boolean {
  return /could not load credentials|credential is (?:missing|not valid)|could not resolve credentials/i.test(
    `${name} ${message}`,
  );
}

function isTransient(error: unknown, { name, status }: Said): boolean {
  if (TRANSIENT.has(name) || UNREACHED.has(name) || UNREACHED.has(errorCode(error))) return true;
  const cause = error instanceof Error ? error.cause : undefined;
  return UNREACHED.has(errorCode(cause)) || (status !== null && (status >= 500 || status === 429));
}

function read(error: unknown): Said {
  if (!(error instanceof Error)) return { name: "Error", message: String(error).slice(0, 300), status: null };
  const metadata =
    "$metadata" in error ? (error.$metadata as { httpStatusCode?: number } | undefined) : undefined;
  const message = error.message.replace(/\s+/g, " ").slice(0, 300);
  // A connection that several addresses were tried for says its reasons in a list.
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return {
    name: errorCode(error) || error.name,
    message: message === "" ? (first?.message ?? "") : message,
    status: metadata?.httpStatusCode ?? null,
  };
}
