/** What Hugo is started with. Pure: parameters in, arguments out, or what is wrong with them. */
import type { Json, JsonMap } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { readWebAddress } from "../../core/web-address.ts";

/** Parameter → the option that it turns on. */
const SWITCHES = {
  minify: "--minify",
  drafts: "--buildDrafts",
  future: "--buildFuture",
  expired: "--buildExpired",
} as const;

const ENVIRONMENT = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** `site` and `output` are absolute. A value never stands alone, so none is read as an option. */
export function hugoArguments(
  parameters: JsonMap,
  { site, output }: { readonly site: string; readonly output: string },
): readonly string[] {
  const { environment, base_url: baseUrl } = parameters;
  return [
    `--source=${site}`,
    `--destination=${output}`,
    ...(typeof environment === "string" ? [`--environment=${environment}`] : []),
    ...(typeof baseUrl === "string" ? [`--baseURL=${baseUrl}`] : []),
    ...Object.entries(SWITCHES).flatMap(([name, option]) => (parameters[name] === true ? [option] : [])),
  ];
}

/** Of values that no expression gives; `isLate` says which one does. */
export function hugoProblems(parameters: JsonMap, isLate: (value: Json) => boolean): readonly Problem[] {
  const problems: Problem[] = [];
  const { environment, base_url: baseUrl, site_path: sitePath, destination } = parameters;
  if (typeof environment === "string" && !isLate(environment) && !ENVIRONMENT.test(environment))
    problems.push({
      code: "E_ARG",
      message: `environment must be a word, not ${JSON.stringify(environment.slice(0, 80))}`,
      hint: "environment: dev, staging or production",
    });
  const isAsked = typeof baseUrl === "string" && baseUrl !== "/" && !isLate(baseUrl);
  const trouble = isAsked ? addressTrouble(baseUrl) : null;
  if (trouble !== null)
    problems.push({
      code: "E_URL",
      message: `base_url ${JSON.stringify(String(baseUrl).slice(0, 120))} ${trouble}`,
      hint: "base_url: https://www.example.com",
    });
  for (const [name, value] of [
    ["site_path", sitePath],
    ["destination", destination],
  ] as const)
    if (typeof value === "string" && (value === "" || value.startsWith("-")))
      problems.push({
        code: "E_ARG",
        message: `${name} must be a path, not ${JSON.stringify(value.slice(0, 80))}`,
        hint: `${name}: ${name === "site_path" ? "site" : "public"}`,
      });
  return problems;
}

/** The only hosts that are spoken to without encryption: this machine. */
const LOCAL: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What is wrong with it, to be put behind it; null: nothing. */
function addressTrouble(text: string): string | null {
  const read = readWebAddress(text);
  if (!read.ok) return read.why;
  const { protocol, hostname } = read.url;
  if (protocol === "https:" || LOCAL.has(hostname)) return null;
  return "is not encrypted: only this machine is spoken to by http";
}

/** Of what is written in a workflow: expressions are looked at when they have given something. */
export function checkHugo(parameters: JsonMap): readonly Problem[] {
  return hugoProblems(parameters, (value) => typeof value === "string" && value.includes("${"));
}

/** The site's own configuration cannot widen these: Hugo takes the environment before it. */
export const HUGO_POLICY: Readonly<Record<string, string>> = {
  HUGO_SECURITY_EXEC_ALLOW: "^((dart-)?sass(-embedded)?|go|git)$",
  HUGO_SECURITY_EXEC_OSENV: "(?i)^(PATH|TE?MP|TMPDIR|TERM|HOME|GO\\w+|(HTTPS?|NO)_PROXY)$",
  HUGO_SECURITY_FUNCS_GETENV: "^HUGO_",
  HUGO_SECURITY_HTTP_METHODS: "none",
  HUGO_SECURITY_HTTP_URLS: "none",
  HUGO_SECURITY_ENABLEINLINESHORTCODES: "false",
  // What it keeps for itself stays in the site, or in the attempt's own folder for temporary files.
  HUGO_RESOURCEDIR: "resources",
  ...Object.fromEntries(["IMAGES", "ASSETS"].map((name) => [`HUGO_CACHES_${name}_DIR`, ":resourceDir/_gen"])),
  ...Object.fromEntries(
    ["GETJSON", "GETCSV", "GETRESOURCE", "MODULES"].map((name) => [
      `HUGO_CACHES_${name}_DIR`,
      ":cacheDir/:project",
    ]),
  ),
};
