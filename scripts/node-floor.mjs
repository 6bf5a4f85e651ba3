// The oldest Node that runs decapod. These scripts may be started by an older one, so everything here is plain.
// src/main.ts cannot import this file (it may import nothing before its own check); test/ground.test.ts holds
// the two together.
export const NODE_FLOOR = "24.11";

/** The one line to print when `version` (as in process.versions.node) is too old; null when it is new enough. */
export function nodeProblem(version) {
  const [major, minor] = version.split(".").map(Number);
  const [majorMin, minorMin] = NODE_FLOOR.split(".").map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return null;
  return `decapod: needs Node ${NODE_FLOOR} or newer, this is ${version}; install it from https://nodejs.org and try again`;
}
