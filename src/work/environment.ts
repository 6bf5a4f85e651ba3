/** The complete environment of an attempt, built from nothing: an allow-list of the engine's, then what the task declares. */
import { isAbsolute, resolve, sep } from "node:path";
import { forbiddenEnvironmentName } from "../core/environment-names.ts";
import { must } from "../core/invariant.ts";
import { type Files, realFiles } from "../port/files.ts";
import { realOr } from "../port/programs.ts";

export interface EnvironmentRequest {
  /** The environment decapod itself was started with. */
  readonly engine: Readonly<Record<string, string | undefined>>;
  /** Names under `env.pass` of decapod.yaml. */
  readonly pass: readonly string[];
  readonly projectRoot: string;
  /** Where the attempt works, when that is not the project itself. */
  readonly workspace?: string;
  /** The task's `env`, secrets filled in. Its names were checked with the workflow. */
  readonly task: Readonly<Record<string, string>>;
  readonly run: string;
  readonly taskId: string;
  readonly attempt: string;
  readonly temporaryFolder: string;
  readonly outputFile: string;
  readonly artifactsFolder: string;
  /** Settings of git that keep it from pushing where nobody let it; absent: there are none. */
  readonly guard?: Readonly<Record<string, string>>;
}

const ALLOWED = [
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "TZ",
  "SSH_AUTH_SOCK",
  ...["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]),
];

/** Where programs are looked for when the engine's own PATH holds nothing that may be used. */
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

export function attemptEnvironment(
  request: EnvironmentRequest,
  files: Files = realFiles,
): Readonly<Record<string, string>> {
  const forbidden = Object.keys(request.task).filter(forbiddenEnvironmentName);
  must(forbidden.length === 0, `a task may not set ${forbidden.join(", ")}: the workflow was not checked`);
  const untrusted = [request.projectRoot, request.workspace ?? request.projectRoot];
  // Without a prototype, so that no name means something of its own.
  const environment: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(request.engine)) {
    const isPassed = request.pass.includes(name) && !name.startsWith("DECAPOD_");
    if (value !== undefined && (isPassed || ALLOWED.includes(name) || name.startsWith("LC_"))) {
      environment[name] = value;
    }
  }
  environment.PATH = trustedPath(request.engine.PATH ?? "", untrusted, files);
  return Object.assign(
    environment,
    { TERM: "dumb", TMPDIR: request.temporaryFolder, CI: "1" },
    request.task,
    request.guard,
    {
      DECAPOD_RUN: request.run,
      DECAPOD_TASK: request.taskId,
      DECAPOD_ATTEMPT: request.attempt,
      DECAPOD_OUTPUT: request.outputFile,
      DECAPOD_ARTIFACTS: request.artifactsFolder,
    },
  );
}

/** PATH without what is relative or lies in an untrusted folder, also by way of a link. */
export function trustedPath(path: string, untrusted: readonly string[], files: Files): string {
  const roots = untrusted.flatMap((root) => [resolve(root), realOr(files, resolve(root))]);
  const isInside = (folder: string) =>
    roots.some((root) => folder === root || folder.startsWith(root.endsWith(sep) ? root : root + sep));
  const entries = path
    .split(":")
    .filter((entry) => isAbsolute(entry))
    .filter((entry) => !isInside(resolve(entry)) && !isInside(realOr(files, entry)));
  return entries.length === 0 ? SYSTEM_PATH : entries.join(":");
}
