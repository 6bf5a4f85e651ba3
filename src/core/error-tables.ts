/**
 * The errors of programs that are known here, a table for each. Within a table what says most comes first. The words are
 * those of the programs: hugo 0.111 and later, AWS CLI 2, git 2.39 and later, npm 10, tsc, and what runs tests.
 */
import type { ErrorAction, ErrorRule, ErrorTable, LineMatch } from "./error-rule.ts";

const has = (...parts: readonly string[]): LineMatch => ({ parts });
const begins = (...parts: readonly string[]): LineMatch => ({ parts, isStart: true });

function rule(failureClass: string, action: ErrorAction, ...lines: readonly LineMatch[]): ErrorRule {
  return { class: failureClass, action, lines };
}

export const HUGO: ErrorTable = [
  rule(
    "config_error",
    "escalate",
    has("failed to unmarshl config"),
    has("failed to unmarshal config"),
    has("Error: failed to load config"),
    has('Error: module "', '" not found; either add it as a Hugo Module'),
    has("failed to download modules: "),
    has("Error: Unable to locate config file"),
    ...["hugo", "config"].flatMap((name) =>
      ["toml", "yaml", "yml", "json"].map((ending) => has(`/${name}.${ending}:`, "unmarshal")),
    ),
  ),
  rule(
    "template_not_found",
    "auto_fix",
    has('template for shortcode "', '" not found'),
    has('partial "', '" not found'),
    has('no such template "'),
    has('html/template: "', '" is undefined'),
  ),
  rule("broken_internal_link", "auto_fix", has("REF_NOT_FOUND: "), has("REF_NOT_FOUND]")),
  rule(
    "missing_frontmatter",
    "auto_fix",
    has("EOF looking for end ", " front matter delimiter"),
    has(".md:", "failed to unmarshal "),
    has(".md:", "unmarshal failed: "),
  ),
  rule(
    "syntax_error",
    "auto_fix",
    has("failed to extract shortcode: "),
    has("unclosed shortcode action"),
    has("unterminated ", "shortcode"),
    has("parse failed: template: "),
    has("execute of template failed: "),
    has("failed to load data: ", "failed to unmarshal "),
    has("TOCSS: failed to transform "),
    has("TOCSS-DART: failed to transform "),
    has("POSTCSS: failed to transform "),
    has("JSBUILD: failed to transform "),
  ),
  rule("unknown", "escalate", has("Failed to read Git log: ")),
];

/** As the AWS CLI writes it, and as the SDKs name it. */
const aws = (...codes: readonly string[]) => codes.map((code) => has("An error occurred (", `${code})`));

export const DEPLOY: ErrorTable = [
  rule(
    "aws_credentials",
    "escalate",
    has("Unable to locate credentials"),
    has("Partial credentials found in "),
    has("The config profile (", ") could not be found"),
    has("Error loading SSO Token"),
    has("Token has expired and refresh failed"),
    ...aws(
      ...["ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "SignatureDoesNotMatch"],
      ...["AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "UnrecognizedClientException"],
      ...["InvalidToken", "AuthFailure", "UnauthorizedOperation"],
    ),
  ),
  rule(
    "transient",
    "retry",
    has("Could not connect to the endpoint URL"),
    has("Connect timeout on endpoint URL"),
    has("Read timeout on endpoint URL"),
    has("Connection was closed before we received a valid response"),
    ...aws(
      ...["SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestTimeout"],
      ...["ServiceUnavailable", "InternalError", "InternalFailure", "TooManyInvalidationsInProgress", "503"],
    ),
  ),
  rule(
    "cloudfront_config",
    "escalate",
    ...aws("NoSuchDistribution", "CNAMEAlreadyExists", "InvalidViewerCertificate", "DistributionNotDisabled"),
    has("An error occurred (", "when calling the UpdateDistribution operation"),
    has("An error occurred (", "when calling the CreateDistribution operation"),
    has("An error occurred (", "when calling the CreateInvalidation operation"),
  ),
  rule(
    "config_error",
    "escalate",
    has("You must specify a region"),
    ...aws(
      ...["PermanentRedirect", "NoSuchBucket", "InvalidBucketName", "AccessControlListNotSupported"],
      ...["AuthorizationHeaderMalformed", "RequestTimeTooSkewed", "IllegalLocationConstraintException"],
    ),
  ),
];

const fileAfter = (after: string): LineMatch => ({ parts: [after], file: [after, ""] });

/** What `git status` says of paths that are not merged, whatever its exit code. */
const UNMERGED = ["both modified:", "both added:", "both deleted:"]
  .concat(["added", "deleted"].flatMap((how) => [`${how} by us:`, `${how} by them:`]))
  .map((words): LineMatch => ({ parts: [words], isStart: true, file: [words, ""] }));

export const GIT: ErrorTable = [
  {
    class: "git_merge_conflict",
    action: "escalate",
    evenOnSuccess: true,
    lines: [
      fileAfter("): Merge conflict in "),
      { parts: ["CONFLICT (", "): ", " deleted in "], file: ["): ", " deleted in "] },
      { parts: ["CONFLICT (", "): ", " renamed "], file: ["): ", " renamed "] },
      begins("CONFLICT ("),
      begins("Unmerged paths:"),
      ...UNMERGED,
    ],
  },
  rule(
    "git_merge_conflict",
    "escalate",
    begins("Automatic merge failed; fix conflicts"),
    begins("error: could not apply "),
    begins("error: Your local changes to the following files would be overwritten by "),
    begins("error: The following untracked working tree files would be overwritten by "),
    has("Need to specify how to reconcile divergent branches"),
    begins("fatal: Not possible to fast-forward, aborting"),
  ),
  rule("transient", "retry", has("fatal: Unable to create '", ".lock': File exists")),
  rule(
    "config_error",
    "escalate",
    has("fatal: not a git repository"),
    begins("fatal: Authentication failed for "),
    begins("fatal: could not read Username for "),
    has("Permission denied (publickey"),
    has("fatal: detected dubious ownership in repository"),
  ),
];

/** A test that fails, or code that does not compile, is what the work is about: it says nothing of the surroundings. */
export const TESTS: ErrorTable = [
  rule(
    "unknown",
    "escalate",
    begins("not ok "),
    begins("✖ failing tests"),
    begins("FAILED "),
    begins("FAIL "),
    begins("--- FAIL: "),
    has("= short test summary info ="),
    begins("test result: FAILED."),
    begins("Tests:", " failed,"),
    has("): error TS"),
    has(" - error TS"),
    begins("error[E"),
  ),
];

export const NPM: ErrorTable = [
  rule(
    "config_error",
    "escalate",
    has("npm ", "Missing script: "),
    has("npm ", "can only install with an existing package-lock.json"),
    has("npm ", "can only install packages when your package.json and package-lock.json"),
    has("npm ", "Could not read package.json"),
    has("npm ", "code ENOLOCK"),
  ),
  rule("rate_limited", "retry", has("npm ", "code E429")),
];

export const NETWORK: ErrorTable = [
  rule("rate_limited", "retry", has("429 Too Many Requests"), has("HTTP 429")),
  rule(
    "transient",
    "retry",
    has("Temporary failure in name resolution"),
    has("Could not resolve host: "),
    has("dial tcp: lookup ", "no such host"),
    has("Connection reset by peer"),
    has("Connection timed out"),
    has("TLS handshake timeout"),
    has("503 Service Unavailable"),
    has("502 Bad Gateway"),
    has("504 Gateway Time-out"),
    has("504 Gateway Timeout"),
    ...["ECONNRESET", "ETIMEDOUT", "EAI_AGAIN"].flatMap((code) => [
      has("npm ", `code ${code}`),
      has("Error: ", ` ${code}`),
    ]),
  ),
];

/**
 * Any program may have printed it: what the work itself says of its tests counts before what may be quoted in them, and
 * what only one program says counts before what many say.
 */
export const ANY_PROGRAM: readonly ErrorTable[] = [TESTS, HUGO, DEPLOY, GIT, NPM, NETWORK];
