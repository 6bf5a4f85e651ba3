/**
 * The worker hugo-build: the real Hugo, into a folder beside the site's output that takes its place when all is well. What
 * was built before stays as it is until then. Counts and digest are the engine's own.
 */
import { basename, dirname, join, relative, sep } from "node:path";
import { HUGO } from "../../core/error-tables.ts";
import type { JsonMap } from "../../core/json.ts";
import { failure } from "../../core/outcome.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { capture } from "../../port/spawn.ts";
import { logTail } from "../../work/log-tail.ts";
import { redactText, secretForms } from "../../work/redact.ts";
import { insideRoots, linksOutOf, type Roots } from "../../work/roots.ts";
import { treeDigest } from "../../work/tree-digest.ts";
import { classifyWorker } from "../classify-outcome.ts";
import type { Driver, Outcome, Progress, Work } from "../driver.ts";
import { EMPTY_OUTCOME, refusedOutcome } from "../empty-outcome.ts";
import { outcomeOfEnd } from "../process-outcome.ts";
import { runProcess } from "../process-run.ts";
import { programRequest } from "../program-work.ts";
import { findProgram } from "../start-trouble.ts";
import type { WorkersHere } from "../worker/here.ts";
import { checkHugo, HUGO_POLICY, hugoArguments, hugoProblems } from "./arguments.ts";
import { type HugoSaid, hugoSaid } from "./diagnostics.ts";
import { mountedFolders } from "./mounts.ts";

const ASKING = { timeoutMs: 60_000, bytesMax: 4 * 1024 * 1024 } as const;
const LINKS_TOLD_MAX = 5;
const LOG_READ = { bytesMax: 2 * 1024 * 1024, linesMax: 20_000 };

export function hugoDriver(here: WorkersHere): Driver {
  return {
    name: "hugo-build",
    check: checkHugo,
    refuse: () => missingHugo(here),
    run: (work, signal) => build(work, signal, here),
  };
}

interface Site {
  readonly hugo: string;
  readonly version: string;
  readonly folder: string;
  /** Where the site's output goes. */
  readonly output: string;
  /** Where it is built. */
  readonly building: string;
}

async function* build(work: Work, signal: AbortSignal, here: WorkersHere): AsyncGenerator<Progress, Outcome> {
  const found = await siteOf(work, here);
  if (!found.ok) return refusedOutcome(found.problems);
  const site = found.value;
  const trouble = work.reattach ? null : await lookedAt(site, work, here);
  if (trouble !== null) return trouble;
  if (!work.reattach) tidyUp(site, here);
  const words = hugoArguments(work.parameters, { site: site.folder, output: site.building });
  const environment = environmentOf(work);
  const request = programRequest(
    { ...work, environment },
    { argv: [site.hugo, ...words], folder: site.folder },
  );
  const end = yield* runProcess(here.starter, { ...request, reattach: work.reattach }, signal);
  const outcome = outcomeOfEnd(end, { request, successCodes: [0] });
  const built = await concluded(outcome, work, site, here);
  here.files.removeTree(site.building);
  return built;
}

function environmentOf(work: Work): Readonly<Record<string, string>> {
  return { ...work.environment, ...HUGO_POLICY, HUGO_CACHEDIR: join(work.folder, "tmp", "hugo_cache") };
}

/** Where everything is, so far as no Hugo has to be asked. */
async function siteOf(work: Work, here: WorkersHere): Promise<Result<Site>> {
  const { parameters } = work;
  const wrong = hugoProblems(parameters, () => false);
  if (wrong.length > 0) return bad(...wrong);
  const roots = { files: here.files, workspace: work.workspace, opened: here.user.roots };
  const folder = insideRoots(String(parameters.site_path), "site_path", roots);
  if (!folder.ok) return folder;
  if (here.files.statTarget(folder.value)?.kind !== "folder")
    return bad({
      code: "E_NOT_FOUND",
      message: `there is no folder ${String(parameters.site_path)}`,
      hint: "site_path: the folder that holds hugo.toml or config.toml",
    });
  const output = outputOf(parameters, folder.value, roots);
  if (!output.ok) return output;
  const hugo = hugoIn(here);
  if (hugo === null) return bad(...missingHugo(here));
  const building = besideOf(output.value, taskMark(work));
  const version = await versionOf(hugo, work);
  return good({ hugo, folder: folder.value, output: output.value, building, version });
}

/** The same for every attempt of a task: what one left behind, the next takes away. */
function taskMark({ attempt }: Work): string {
  return sha256(attempt.replace(/\/\d+$/, "")).slice(0, 12);
}

function outputOf({ destination }: JsonMap, folder: string, roots: Roots): Result<string> {
  const output = insideRoots(String(destination ?? "public"), "destination", {
    ...roots,
    workspace: folder,
    opened: [],
  });
  if (!output.ok) return output;
  const [first = ""] = relative(folder, output.value).split(sep);
  if (first !== "" && !OF_A_SITE.has(first)) return output;
  return bad(notThere(output.value));
}

/** What a site is made of, whatever its configuration says. */
const OF_A_SITE: ReadonlySet<string> = new Set([
  ...[".git", ".github", "archetypes", "assets", "config", "content", "data", "i18n", "layouts"],
  ...["node_modules", "resources", "static", "themes"],
]);

/** The output takes the place of what lies there. */
function notThere(output: string): Problem {
  return {
    code: "E_ARG",
    message: `destination ${output} holds what the site is made of, or something else that no build has made; the output would take its place`,
    hint: "destination: public, or a folder that is empty",
  };
}

/** Hugo writes one of these at the top of everything that it builds, unless it is told not to. */
const BUILT = ["index.html", "sitemap.xml", "index.xml"];

function isTaken({ output }: Site, mounted: readonly string[], files: Files): boolean {
  const isBelow = (path: string, folder: string) => `${path}/`.startsWith(`${folder}/`);
  if (mounted.some((path) => isBelow(path, output) || isBelow(output, path))) return true;
  const there = files.list(output);
  return there.length > 0 && !there.some(({ name }) => BUILT.includes(name));
}

function hugoIn({ path, files, project }: WorkersHere): string | null {
  return findProgram({ argv: ["hugo"], folder: project.root, environment: { PATH: path } }, files);
}

function missingHugo(here: WorkersHere): readonly Problem[] {
  if (hugoIn(here) !== null) return [];
  return [
    {
      code: "E_DRIVER_MISSING",
      message:
        "hugo-build needs the program hugo, which is not in PATH (what lies inside the project does not count)",
      hint: "install it: apt-get install hugo, brew install hugo, or gohugo.io",
    },
  ];
}

async function versionOf(hugo: string, { environment, workspace }: Work): Promise<string> {
  const { stdout } = await capture([hugo, "version"], { folder: workspace, environment, ...ASKING });
  const text = Buffer.from(stdout).toString("utf8");
  return /v(\d+\.\d+\.\d+\S*)/.exec(text)?.[1] ?? text.trim().slice(0, 80);
}

/** Hugo publishes what a mount or a link names, wherever it lies. null: it may begin. */
async function lookedAt(site: Site, work: Work, here: WorkersHere): Promise<Outcome | null> {
  const roots = { files: here.files, workspace: work.workspace, opened: here.user.roots };
  const links = linksOutOf(site.folder, roots, LINKS_TOLD_MAX);
  if (links.length > 0)
    return refusedOutcome([
      {
        code: "E_OUTSIDE_ROOT",
        message: `links in the site lead out of what it may read: ${links.join(", ")}`,
        hint: "copy what they lead to into the site",
      },
    ]);
  const asked = await askMounts(site, work, here);
  if (!asked.ok) return asked.outcome;
  if (isTaken(site, asked.mounted, here.files)) return refusedOutcome([notThere(site.output)]);
  const out = asked.mounted.filter((path) => !insideRoots(path, "mount", roots).ok && !isModule(path));
  if (out.length === 0) return null;
  return refusedOutcome([
    {
      code: "E_OUTSIDE_ROOT",
      message: `the site mounts ${out.slice(0, LINKS_TOLD_MAX).join(", ")}, which it may not read`,
      hint: "mounts inside the site, or roots: [FOLDER] in your own config.yaml",
    },
  ]);
}

type Mounts =
  | { readonly ok: true; readonly mounted: readonly string[] }
  | { readonly ok: false; readonly outcome: Outcome };

/** Without an answer nothing is built; what Hugo says instead is what went wrong with the build. */
async function askMounts(site: Site, work: Work, here: WorkersHere): Promise<Mounts> {
  const words = hugoArguments(work.parameters, { site: site.folder, output: site.building });
  const asked = words.filter((word) => /^--(?:source|environment)=/.test(word));
  // Asking makes the folder of the output.
  const environment = { ...environmentOf(work), HUGO_PUBLISHDIR: site.building };
  const { code, stdout, stderr } = await capture([site.hugo, "config", "mounts", ...asked], {
    folder: site.folder,
    environment,
    ...ASKING,
  });
  here.files.removeTree(site.building);
  const mounted = code === 0 ? mountedFolders(Buffer.from(stdout).toString("utf8")) : null;
  if (mounted !== null) return { ok: true, mounted };
  const text = redactText(Buffer.from(stderr).toString("utf8"), secretForms(work.secrets));
  here.files.writeAtomic(join(work.folder, "output.log"), text);
  const said = hugoSaid(text);
  const message = "Hugo did not say what the site mounts";
  const failed: Outcome = { ...EMPTY_OUTCOME, status: "failed", exitCode: code ?? 1 };
  const outcome = { ...failed, failure: failure("unknown", message), outputBytes: stderr.length };
  return { ok: false, outcome: { ...outcome, failure: why(outcome, said, work, here) } };
}

/** Modules that Go fetched lie in its own store, which holds nothing else. */
function isModule(path: string): boolean {
  return /\/pkg\/mod\//.test(path) || /\/hugo_cache[^/]*\/modules\//.test(path);
}

async function concluded(outcome: Outcome, work: Work, site: Site, here: WorkersHere): Promise<Outcome> {
  if (outcome.status === "cancelled" || outcome.status === "lost" || outcome.exitCode === null)
    return outcome;
  const said = hugoSaid(logTail(here.files, join(work.folder, "output.log"), LOG_READ) ?? "");
  const base = {
    build_success: false,
    errors: said.errors,
    warnings: said.warnings,
    hugo_version: site.version,
    duration_seconds: Math.round(outcome.durationMs) / 1000,
  };
  if (outcome.status !== "success")
    return { ...outcome, output: { ...base, file_count: 0 }, failure: why(outcome, said, work, here) };
  const built = await measured(work, site, here);
  if (built === null) {
    const message = "Hugo ended well and wrote no file";
    const output = { ...base, file_count: 0 };
    return { ...outcome, status: "failed", output, failure: failure("output_missing", message) };
  }
  takePlace(site, here);
  return { ...outcome, output: { ...base, build_success: true, ...built, output_path: site.output } };
}

/**
 * Counted before it takes its place, and noted: after a crash it may be there already. null: nothing was built.
 */
async function measured(work: Work, { building, output }: Site, here: WorkersHere): Promise<JsonMap | null> {
  const note = join(work.folder, "built.json");
  if (!here.files.exists(building)) {
    const noted = here.files.readTextIf(note);
    const before = noted === null ? null : (JSON.parse(noted) as JsonMap);
    const there = before === null ? null : await treeDigest(here, output, output);
    return there !== null && there.digest === before?.tree_digest ? before : null;
  }
  let pages = 0;
  const measure = await treeDigest(here, building, output, (name) => {
    if (name.endsWith(".html")) pages += 1;
  });
  if (measure === null || measure.files === 0) return null;
  const { files, bytes, digest } = measure;
  const built = { file_count: files, page_count: pages, bytes, tree_digest: digest };
  here.files.writeAtomic(note, JSON.stringify(built));
  return built;
}

/** By Hugo's table; what that does not know is told in Hugo's own words. */
function why(outcome: Outcome, { errors }: HugoSaid, work: Work, here: WorkersHere): Outcome["failure"] {
  const tables = { own: [here.errors], builtIn: [HUGO] };
  const found = classifyWorker(outcome, work, { files: here.files, ...tables }).failure;
  const [first] = errors;
  if (first === undefined || found === null || found.words !== undefined) return found;
  return { ...found, message: first };
}

/** Two renames: whoever reads the output sees the old one, none, or the new one, and never half of one. */
function takePlace({ output, building }: Site, { files }: WorkersHere): void {
  if (!files.exists(building)) return;
  const old = besideOf(output, "old");
  files.removeTree(old);
  if (files.exists(output)) files.rename(output, old);
  files.rename(building, output);
  files.removeTree(old);
}

/** What a build that was cut off left: the output of the one before comes back. */
function tidyUp({ output, building }: Site, { files }: WorkersHere): void {
  const old = besideOf(output, "old");
  if (files.exists(old) && !files.exists(output)) files.rename(old, output);
  files.removeTree(old);
  files.removeTree(building);
}

function besideOf(output: string, mark: string): string {
  return join(dirname(output), `.${basename(output)}-${mark}`);
}
