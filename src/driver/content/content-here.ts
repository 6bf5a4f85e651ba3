/** What `late-content.ts` loads: with it come readers of YAML, TOML and Markdown. */
export { contentDriver } from "./content.ts";
export { contentProblems } from "./orders.ts";
