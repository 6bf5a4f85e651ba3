/** Settings that git is given with each call, and that win over all others. */

/** Whatever the repository says, by the one source that wins over it. */
export const CLOSED: readonly (readonly [string, string])[] = [
  ["core.fsmonitor", "false"],
  // What changed is looked for by all that is known of a file.
  ["core.ignoreStat", "false"],
  ["core.checkStat", "default"],
  ["core.trustctime", "true"],
  ["core.untrackedCache", "false"],
  // A worktree goes once its content is in the repository: then it has to be on the disk.
  ["core.fsync", "committed,reference"],
  ["core.fsyncMethod", "fsync"],
  ["core.attributesFile", "/dev/null"],
  ["core.askPass", ""],
  ["core.editor", ":"],
  ["core.pager", "cat"],
  ["core.quotePath", "false"],
  ["core.sshCommand", "false"],
  ["credential.helper", ""],
  ["commit.gpgSign", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["filter.lfs.clean", ""],
  ["filter.lfs.process", ""],
  ["filter.lfs.required", "false"],
  ["filter.lfs.smudge", ""],
  ["merge.renames", "true"],
  ["protocol.allow", "never"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["advice.detachedHead", "false"],
];

/** For the one call that leaves the machine: it stands in no repository, so these hold against what the person has set. */
export const AWAY: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["core.pager", "cat"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["push.pushOption", ""],
];

export function asWords(settings: readonly (readonly [string, string])[]): readonly string[] {
  return settings.flatMap(([key, value]) => ["-c", `${key}=${value}`]);
}
