/** Names of what the language brings itself. */

/** What the engine and its drivers do without a role; any other agent is a role or a worker. */
export const BUILT_IN_AGENTS = [
  "shell",
  "approval",
  "wait",
  "workflow",
  "group",
  "finish",
  "notify",
  "http",
] as const;

/** Workers that come with decapod (formats.md 5). */
export const BUILT_IN_WORKERS: readonly string[] = ["hugo-build", "deploy", "content-edit"];
