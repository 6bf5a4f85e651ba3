/** The configuration that codex reads in an attempt: its own folder's alone, so that nothing of the project or person counts. */
import { join } from "node:path";
import type { Reached } from "../agent/reach.ts";
import type { Work } from "../driver.ts";
import { CODEX_CREDENTIALS } from "./login.ts";

const GATEWAY = "gateway";

/** `address`: of an API other than OpenAI's own; null: that one. */
export function codexConfig(work: Work, { model, effort, reach }: Reached, address: string | null): string {
  const writable = ["artifacts", "tmp"].map((name) => join(work.folder, name));
  return [
    ...valued("model", model),
    ...valued("model_reasoning_effort", effort === "max" ? "xhigh" : effort),
    ...valued("model_provider", address === null ? null : GATEWAY),
    ...valued("approval_policy", "never"),
    ...valued("web_search", reach.fetch ? "live" : "disabled"),
    // AGENTS.md, skills and the rest of what lies in the project is text like any other.
    "project_doc_max_bytes = 0",
    "project_root_markers = []",
    "check_for_update_on_startup = false",
    ...table("sandbox_workspace_write", {
      network_access: false,
      exclude_slash_tmp: true,
      writable_roots: writable,
    }),
    ...table("shell_environment_policy", {
      inherit: "all",
      ignore_default_excludes: true,
      exclude: CODEX_CREDENTIALS,
    }),
    ...table("skills", { include_instructions: false }),
    ...table("skills.bundled", { enabled: false }),
    ...table("agents", { enabled: false }),
    ...table("features", { goals: false, hooks: false, apps: false, plugins: false }),
    ...table("analytics", { enabled: false }),
    ...table("history", { persistence: "none" }),
    ...(address === null ? [] : provider(address)),
    "",
  ].join("\n");
}

/** As codex' own provider is, but somewhere else; what stands between does not speak its socket protocol. */
function provider(address: string): readonly string[] {
  return table(`model_providers.${GATEWAY}`, {
    name: "OpenAI",
    base_url: address,
    wire_api: "responses",
    requires_openai_auth: true,
    supports_websockets: false,
  });
}

function table(
  name: string,
  values: Readonly<Record<string, string | boolean | readonly string[]>>,
): readonly string[] {
  return [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)];
}

/** A JSON text is a TOML text. */
function valued(key: string, value: string | null): readonly string[] {
  return value === null ? [] : [`${key} = ${JSON.stringify(value)}`];
}
