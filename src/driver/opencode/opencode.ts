/**
 * The driver `opencode`: one `opencode acp` an attempt, with folders and settings of its own. By itself it asks before
 * nothing, so it is told to ask before everything; the answers come from the policy of the bridge.
 */
import { join } from "node:path";
import { good, type Result } from "../../core/problem.ts";
import { type BridgedOptions, type BridgedStart, bridgedDriver } from "../acp/bridged.ts";
import { valuesOf } from "../agent/login.ts";
import { OPENCODE } from "../agent/product.ts";
import type { Environment } from "../agent/program.ts";
import { type ProgramDriverOptions, type ProgramRules, ready, refusals } from "../agent/program-driver.ts";
import type { AskedOfDriver, Driver, Work } from "../driver.ts";
import { OPENCODE_LOGIN } from "./login.ts";

export interface OpencodeOptions extends ProgramDriverOptions, BridgedOptions {}

const RULES: ProgramRules = { product: OPENCODE, login: OPENCODE_LOGIN, effort: false, rules: true };

export function opencodeDriver(options: OpencodeOptions): Driver {
  const agent = {
    name: OPENCODE.driver,
    // In the folder of the attempt, which goes with it.
    keepsSessions: false,
    prepare: async () => void (await options.program.ready()),
    refuse: (asked: AskedOfDriver) => refusals(asked, RULES, options),
    start: (work: Work, own: string) => startOf(work, own, options),
  };
  return bridgedDriver(agent, options);
}

async function startOf(work: Work, own: string, options: OpencodeOptions): Promise<Result<BridgedStart>> {
  const found = await ready(work, RULES, options);
  if (!found.ok) return found;
  const { program, reach, login } = found.value;
  const data = join(own, "data");
  return good({
    argv: [program, "acp"],
    environment: {
      ...login.environment,
      ...foldersIn(own),
      ...NOTHING_OF_THE_PROJECT,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(settingsOf(options.environment)),
      // Read last: nothing that it finds elsewhere is above it.
      OPENCODE_PERMISSION: JSON.stringify(ASK),
    },
    secrets: login.secrets,
    reach,
    authenticate: null,
    folders: [join(data, "opencode")],
    links: login.ownFile === null ? [] : [[join(data, "opencode/auth.json"), login.ownFile]],
  });
}

function foldersIn(own: string): Readonly<Record<string, string>> {
  return {
    XDG_CONFIG_HOME: join(own, "config"),
    XDG_DATA_HOME: join(own, "data"),
    XDG_STATE_HOME: join(own, "state"),
    XDG_CACHE_HOME: join(own, "cache"),
  };
}

/** Settings, instructions, plugins and skills that lie there would be loaded; and nothing is fetched behind our back. */
const NOTHING_OF_THE_PROJECT: Readonly<Record<string, string>> = {
  OPENCODE_DISABLE_PROJECT_CONFIG: "1",
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_SHARE: "1",
  OPENCODE_PURE: "1",
};

const ASK = {
  "*": "ask",
  edit: "ask",
  bash: "ask",
  webfetch: "ask",
  external_directory: "ask",
  todowrite: "allow",
  todoread: "allow",
  // These ask in words that the protocol has no kind for, or in a session of their own that nobody hears.
  ...deny("task", "skill", "lsp", "question", "doom_loop", "websearch"),
};

/** Where a person's own variables lead the API of a house, it is told so: by itself it reads none of them. */
function settingsOf(person: Environment) {
  const urls = valuesOf(person, ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"]);
  const [anthropic, openai] = [urls.ANTHROPIC_BASE_URL, urls.OPENAI_BASE_URL];
  return {
    share: "disabled",
    autoupdate: false,
    provider: {
      ...(anthropic !== undefined && { anthropic: { options: { baseURL: `${withoutEnd(anthropic)}/v1` } } }),
      ...(openai !== undefined && { openai: { options: { baseURL: openai } } }),
    },
  };
}

function withoutEnd(url: string): string {
  return url.replace(/\/+$/, "");
}

function deny(...names: readonly string[]): Readonly<Record<string, "deny">> {
  return Object.fromEntries(names.map((name) => [name, "deny" as const]));
}
