/** What `db gc` says of the worktrees of old runs. */
import type { Cleared, Staying } from "../arm/left-worktrees.ts";
import { bytesText } from "../host/embedded/keeping/size.ts";
import { count } from "./text.ts";

/** A person reads so many lines; --json gives all. */
const STAYING_MAX = 20;

export function clearedLines({ folders, branches, refs, bytes }: Cleared): readonly string[] {
  const names = branches.length === 1 ? "1 branch" : `${branches.length} branches`;
  return [
    ...(folders.length === 0 ? [] : [`  ${count(folders.length, "worktree")}: ${bytesText(bytes)}`]),
    ...(branches.length + refs === 0 ? [] : [`  ${names} and ${count(refs, "private ref")} of worktrees`]),
  ];
}

interface Shown {
  /** How a run of the journal is called here. */
  readonly shown: (run: string) => string;
  readonly calledAs: string;
}

/** What is lost by --unmerged. */
export function losingLines(
  { losing }: Cleared,
  { dryRun, ...how }: Shown & { readonly dryRun: boolean },
): readonly string[] {
  return listed(dryRun ? "would go although:" : "went although:", losing, how, dryRun);
}

export function stayingLines({ staying, foreign }: Cleared, how: Shown): readonly string[] {
  return [
    ...listed("stays:", staying, how),
    ...(staying.some(({ isUnmerged }) => isUnmerged)
      ? [`once you have looked: ${how.calledAs} db gc --unmerged lets go too what is merged or saved nowhere`]
      : []),
    ...(foreign === 0
      ? []
      : [
          `${count(foreign, "run")} of other projects in this repository: left alone (git for-each-ref refs/decapod)`,
        ]),
  ];
}

/** `isThere`: it can be looked at. */
function listed(title: string, staying: readonly Staying[], { shown, calledAs }: Shown, isThere = true) {
  const rows = [...Map.groupBy(staying, ({ what, why }) => `${what} ${why}`)].flatMap(([text, alike]) => {
    // The same of many, when the repository itself is refused.
    if (alike.length > 1 && alike.every(({ ref }) => ref === null))
      return [`  ${alike.length} runs  ${text}`];
    return alike.map((one) => {
      const name = one.isKnown ? shown(one.run) : one.run;
      return `  ${name}  ${text}${isThere ? lookAt(one, name, calledAs) : ""}`;
    });
  });
  const more = rows.length - STAYING_MAX;
  return [
    ...(rows.length === 0 ? [] : [title, ...rows.slice(0, STAYING_MAX)]),
    ...(more > 0 ? [`  and ${more} more: --json lists them`] : []),
  ];
}

function lookAt({ isKnown, ref }: Staying, name: string, calledAs: string): string {
  if (ref === null) return "";
  return isKnown ? `: ${calledAs} diff ${name}` : `: git log -p ${ref}`;
}
