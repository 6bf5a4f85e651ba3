/** What the founding guide has a session say when it has delegated, with the type and the environment filled in. */

const NAMES: ReadonlyMap<string, string> = new Map([
  ["hugo-build", "Hugo build"],
  ["hugo-deploy-staging", "Hugo deploy"],
  ["hugo-deploy-production", "Hugo deploy"],
]);

export function queuedWords(type: string, environment: string | null): string {
  const name = NAMES.get(type) ?? type;
  const article = /^[aeiou]/i.test(name) ? "an" : "a";
  const where = environment === null ? "" : ` for the ${environment} environment`;
  return `I've queued ${article} ${name} task${where}. The worker will execute it and I'll verify the results.`;
}
