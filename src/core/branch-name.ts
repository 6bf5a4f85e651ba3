/** G7: a name of a branch that git takes, and that is nothing else: no option, no place in a history, no path out. */

/** Control characters, spaces and what git gives a meaning. */
const FORBIDDEN = /[\p{Cc}\p{Cf} ~^:?*[\\]|\.\.|@\{|\.$/u;
const LENGTH_MAX = 200;

export function isBranchName(text: string): boolean {
  if (text.length > LENGTH_MAX || FORBIDDEN.test(text) || text === "@" || text === "HEAD") return false;
  const parts = text.split("/");
  return parts[0] !== "refs" && parts.every((part) => part !== "" && !/^[.-]|\.lock$/i.test(part));
}
