/** The worker `content-edit`: edits text files of a site, always in the same way, in this process. */
import { join } from "node:path";
import { canonical, type Json } from "../../core/json.ts";
import { LIMITS, most } from "../../core/limits.ts";
import { type Failure, failure } from "../../core/outcome.ts";
import type { Problem } from "../../core/problem.ts";
import { problemsText } from "../../core/problems-text.ts";
import { type Clock, nextTurn } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { redactText, type SecretForms, secretForms, starMarker } from "../../work/redact.ts";
import { insideRoots } from "../../work/roots.ts";
import type { Driver, Outcome, Progress, Work } from "../driver.ts";
import { EMPTY_OUTCOME } from "../empty-outcome.ts";
import { openOutputLog } from "../output-log.ts";
import { type Change, noteBefore, type OpenChange, type Refused, removeBeside, writeAll } from "./changes.ts";
import { bounded } from "./diff.ts";
import { type ContentRoots, contentProblems, DEFAULT_ROOTS, type Order, readOrder } from "./orders.ts";
import { planned, TEMPLATE_MISSING } from "./planning.ts";

export interface ContentHere {
  readonly files: Files;
  readonly clock: Pick<Clock, "monotonic" | "soon">;
  /** Of the person: whom new files are for. */
  readonly umask: number;
  readonly roots?: ContentRoots;
  /** Of the person: folders outside of a project that sites may lie in. */
  readonly user?: { readonly roots: readonly string[] };
}

/** Of all files of a task together: what a person can read. */
const DIFF_CHARACTERS_MAX = 64 * 1024;
/** In one failure, which is one line. */
const PROBLEMS_SHOWN = 10;

export function contentDriver(here: ContentHere): Driver {
  const roots = here.roots ?? DEFAULT_ROOTS;
  return {
    name: "content-edit",
    check: (parameters) => contentProblems(parameters, roots),
    run: (work, signal) => run(work, signal, here, roots),
  };
}

async function* run(
  work: Work,
  signal: AbortSignal,
  here: ContentHere,
  roots: ContentRoots,
): AsyncGenerator<Progress, Outcome> {
  const began = here.clock.monotonic();
  const made = await edited(work, signal, here, roots);
  const forms = secretForms(work.secrets);
  const log = openLog(work, here.files, forms);
  const lines = "changes" in made ? linesOf(made) : [`${made.failure?.message ?? made.status}\n`];
  for (const text of lines) {
    const line = redactText(text, forms);
    log.write("changes" in made ? 1 : 2, Buffer.from(text));
    yield { kind: "output", bytes: Buffer.byteLength(text), line: line.trimEnd() };
  }
  const { bytes, notes } = log.end();
  const measured = {
    ...EMPTY_OUTCOME,
    durationMs: here.clock.monotonic() - began,
    outputBytes: bytes,
    notes,
  };
  return "changes" in made ? { ...measured, output: outputOf(made, forms) } : { ...measured, ...made };
}

interface Done {
  readonly order: Order;
  readonly changes: readonly Change[];
}

type Ended = Pick<Outcome, "status" | "failure">;

async function edited(
  work: Work,
  signal: AbortSignal,
  here: ContentHere,
  roots: ContentRoots,
): Promise<Done | Ended> {
  const { files, umask } = here;
  const { folder, attempt, limits } = work;
  const order = readOrder(work.parameters, roots, false);
  if (!order.ok) return failed(order.problems);
  const opened = here.user?.roots ?? [];
  const site = insideRoots(order.value.site, "site_path", { files, workspace: work.workspace, opened });
  if (!site.ok) return failed(site.problems);
  const workspace = site.value;
  const digest = sha256(canonical(work.parameters));
  const before = noteBefore(files, folder, work.number, digest);
  if (before !== null) removeBeside(files, workspace, before);
  const pause = () => nextTurn(here.clock);
  const changes = await planned(order.value, { files, workspace, umask, limits, before, pause });
  if (!changes.ok) return failed(changes.problems);
  if (signal.aborted) return stopped(signal);
  const done = { order: order.value, changes: changes.value };
  if (order.value.isDryRun || !changes.value.some(isOpen)) return done;
  const where = { files, workspace, folder, attempt, umask };
  const refused = writeAll(changes.value, digest, where, () => signal.aborted);
  if (refused === "stopped") return stopped(signal);
  return refused === null ? done : { status: "failed", failure: refusal(refused) };
}

function isOpen({ text }: OpenChange): boolean {
  return text !== null;
}

function stopped(signal: AbortSignal): Ended {
  const { reason } = signal;
  if (reason === "timeout")
    return { status: "failed", failure: failure("timeout", "its time was over before anything was written") };
  if (reason === "budget")
    return {
      status: "failed",
      failure: failure("budget", "the budget was used up before anything was written"),
    };
  return { status: "cancelled", failure: null };
}

/** Of several the first says what kind of trouble it is. */
function failed(problems: readonly Problem[]): Ended {
  const left = problems.length - PROBLEMS_SHOWN;
  const more = left > 0 ? `; and ${left} more problems` : "";
  const [first] = problems;
  return {
    status: "failed",
    failure: failure(
      first === undefined ? "unknown" : classOf(first),
      `${problemsText(problems.slice(0, PROBLEMS_SHOWN))}${more}`,
    ),
  };
}

const SYNTAX: ReadonlySet<string> = new Set([
  "E_YAML_SYNTAX",
  "E_YAML_KEY",
  "E_YAML_DUPLICATE",
  "E_TOML_SYNTAX",
  "E_JSON",
]);

function classOf({ code, message }: Problem): string {
  if (code === "E_FRONT_MATTER") return "missing_frontmatter";
  if (code === "E_NOT_FOUND" && message.includes(TEMPLATE_MISSING)) return "template_not_found";
  return SYNTAX.has(code) ? "syntax_error" : "config_error";
}

function refusal({ path, why }: NonNullable<Refused>): Failure {
  if (why === "changed")
    return failure("transient", `${path} was changed by somebody else meanwhile; nothing was written`);
  return failure(
    "config_error",
    `E_OUTSIDE_ROOT the folder of ${path} has become a link; nothing was written`,
  );
}

/** Empty, also where an engine that died had begun it. */
function openLog({ folder, limits }: Work, files: Files, forms: SecretForms) {
  for (const name of ["output.log", "stdout.txt"]) files.remove(join(folder, name));
  return openOutputLog(
    {
      logPath: join(folder, "output.log"),
      logBytesMax: most(LIMITS.logBytes, limits),
      stdoutPath: join(folder, "stdout.txt"),
      stdoutBytesMax: most(LIMITS.stdoutBytes, limits),
      view: null,
      forms,
    },
    files,
  );
}

function linesOf({ order, changes }: Done): readonly string[] {
  const heads = changes.map(({ path, linesAdded, linesRemoved, diff }) => {
    if (diff === "") return `${path}: nothing to change\n`;
    return `${path}: +${linesAdded} -${linesRemoved}${order.isDryRun ? ", not written (dry run)" : ""}\n`;
  });
  return [...heads, ...changes.flatMap(({ diff }) => (diff === "" ? [] : [diff]))];
}

function outputOf({ order, changes }: Done, forms: SecretForms): Json {
  const share = Math.floor(DIFF_CHARACTERS_MAX / Math.max(1, changes.length));
  const files = changes.map((change) => ({
    changed: change.digestBefore !== change.digestAfter,
    path: change.path,
    digest_before: change.digestBefore,
    digest_after: change.digestAfter,
    diff: redactText(bounded(change.diff, share), forms, starMarker),
    lines_added: change.linesAdded,
    lines_removed: change.linesRemoved,
  }));
  const run = { dry_run: order.isDryRun };
  const [only] = files;
  if (!order.isList && only !== undefined) return { ...only, ...run };
  return {
    changed: files.some(({ changed }) => changed),
    files,
    lines_added: changes.reduce((sum, { linesAdded }) => sum + linesAdded, 0),
    lines_removed: changes.reduce((sum, { linesRemoved }) => sum + linesRemoved, 0),
    ...run,
  };
}
