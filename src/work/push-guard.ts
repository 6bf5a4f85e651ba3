/**
 * A push to a branch whose CI deploys is a deploy. Attempts get a folder of hooks in place of the repository's own, whose
 * pre-push refuses such a branch; every hook of the repository is still called. It keeps honest work apart: an attempt that
 * says --no-verify or clears its environment goes past it, which only the server that takes the push can prevent.
 */
import { join } from "node:path";
import type { Files } from "../port/files.ts";

/** Those that git calls in a checkout; without one of the repository's own each of them does nothing. */
const HOOKS = [
  "applypatch-msg",
  "commit-msg",
  "post-applypatch",
  "post-checkout",
  "post-commit",
  "post-merge",
  "post-rewrite",
  "pre-applypatch",
  "pre-auto-gc",
  "pre-commit",
  "pre-merge-commit",
  "pre-rebase",
  "prepare-commit-msg",
];

/** For an attempt that no person has let reach production. The folder is made anew where somebody has changed it. */
export function pushGuard(
  files: Files,
  stateFolder: string,
  branches: readonly string[],
): Readonly<Record<string, string>> {
  const folder = join(stateFolder, "push-guard");
  files.makeFolder(folder);
  for (const name of HOOKS) put(files, join(folder, name), `${HEAD}${OWN_HOOK}run ${name} "$@"\n`);
  put(files, join(folder, "pre-push"), `${HEAD}${OWN_HOOK}${refusing(branches)}`);
  return { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.hooksPath", GIT_CONFIG_VALUE_0: folder };
}

function put(files: Files, path: string, text: string): void {
  if (files.stat(path)?.kind === "file" && files.readTextIf(path) === text) return;
  files.removeTree(path);
  files.writeAtomic(path, text, 0o700);
}

const HEAD = "#!/bin/sh\n# Written by decapod; it is made anew for each attempt.\n";

/** As git itself would find it without our setting. */
const OWN_HOOK = `run() {
  name=$1
  shift
  folder=$(env -u GIT_CONFIG_COUNT git config --type=path --get core.hooksPath) || folder=
  [ -n "$folder" ] || folder=$(git rev-parse --git-common-dir)/hooks
  [ -x "$folder/$name" ] || return 0
  "$folder/$name" "$@"
}
`;

function refusing(branches: readonly string[]): string {
  // They hold letters, digits and . _ / * - alone.
  const patterns = branches.map((branch) => `refs/heads/${branch}`).join("|");
  return `lines=$(cat)
while read -r _ _ remote _; do
  case "$remote" in
    ${patterns})
      echo "decapod: a push to \${remote#refs/heads/} deploys to production (production_branches of decapod.yaml)" >&2
      echo "  its task needs approval: { phrase: DEPLOY TO PRODUCTION }" >&2
      exit 1
      ;;
  esac
done <<END
$lines
END
[ -z "$lines" ] || lines="$lines
"
printf %s "$lines" | run pre-push "$@"
`;
}
