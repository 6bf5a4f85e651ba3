/**
 * Which settings a repository may have (G3–G5). Everything else is refused by name: a list of what is dangerous would
 * miss the next key that runs a program. What is allowed and could still do harm is overridden on every call.
 */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import type { Captured } from "../port/spawn.ts";
import { isSmallFile } from "./small-file.ts";
import type { Tree } from "./tree.ts";

/** Section → its variables; `*` stands for a middle part that is not named here itself. Lower case, as git itself writes the keys. */
const ALLOWED: Readonly<Record<string, string>> = {
  core: `abbrev autocrlf bare bigfilethreshold checkstat commitgraph compression createobject deltabasecachelimit eol
    filemode fscache fsmonitor fsync fsyncmethod fsyncobjectfiles hidedotfiles hookspath ignorecase ignorestat
    logallrefupdates longpaths loosecompression multipackindex packedgitlimit packedgitwindowsize precomposeunicode
    preloadindex protecthfs protectntfs quotepath repositoryformatversion safecrlf sharedrepository sparsecheckout
    sparsecheckoutcone splitindex symlinks trustctime untrackedcache unsetenvvars warnambiguousrefs whitespace worktree`,
  extensions: "noop objectformat partialclone preciousobjects refstorage worktreeconfig",
  user: "email name signingkey useconfigonly",
  author: "email name",
  committer: "email name",
  "remote.*":
    "fetch mirror partialclonefilter promisor prune prunetags push pushurl skipdefaultupdate skipfetchall tagopt url",
  remote: "pushdefault",
  "branch.*":
    "description gh-merge-base github-pr-owner-number merge pushremote rebase remote vscode-merge-base",
  branch: "autosetupmerge autosetuprebase sort",
  "submodule.*": "active branch fetchrecursesubmodules ignore shallow url",
  submodule: "active fetchjobs propagatebranches recurse",
  "http.*": "extraheader followredirects postbuffer sslverify version",
  http: "extraheader followredirects postbuffer sslverify version",
  gc: "aggressivedepth aggressivewindow auto autodetach autopacklimit cruftpacks logexpiry packrefs pruneexpire reflogexpire reflogexpireunreachable worktreepruneexpire writecommitgraph",
  maintenance: "auto autodetach strategy",
  "maintenance.*": "enabled schedule",
  pack: "compression deltacachelimit deltacachesize depth indexversion packsizelimit threads usebitmaps usesparse window windowmemory writebitmaphashcache writebitmaplookuptable writereverseindex",
  index: "recordendofindexentries recordoffsettable sparse skiphash threads version",
  feature: "experimental manyfiles",
  init: "defaultbranch",
  commit: "cleanup gpgsign status verbose",
  tag: "forcesignannotated gpgsign sort",
  gpg: "format mintrustlevel",
  pull: "ff octopus rebase twohead",
  push: "autosetupremote default followtags gpgsign recursesubmodules",
  fetch:
    "fsckobjects output parallel prune prunetags recursesubmodules showforcedupdates unpacklimit writecommitgraph",
  merge:
    "branchdesc conflictstyle defaulttoupstream directoryrenames ff log renamelimit renames renormalize stat verbosity",
  rebase: "abbreviatecommands autosquash autostash missingcommitscheck stat updaterefs",
  rerere: "autoupdate enabled",
  diff: "algorithm autorefreshindex colormoved colormovedws context ignoresubmodules indentheuristic interhunkcontext mnemonicprefix noprefix orderfile relative renamelimit renames statgraphwidth submodule suppressblankempty wserrorhighlight",
  status:
    "aheadbehind branch displaycommentprefix relativepaths renamelimit renames short showstash showuntrackedfiles submodulesummary",
  log: "abbrevcommit date decorate diffmerges follow mailmap showroot",
  blame: "date ignorerevsfile markignoredfiles",
  color: "advice branch diff grep interactive pager push remote showbranch status transport ui",
  column: "branch status tag ui",
  advice: "*",
  i18n: "commitencoding logoutputencoding",
  // Of Git LFS, whose programs are overridden on every call, and that git itself does not ask for the rest.
  "filter.lfs": "clean process required smudge",
  lfs: "concurrenttransfers fetchexclude fetchinclude locksverify pushurl repositoryformatversion url",
  "lfs.*": "access locksverify",
};

const TABLE = new Map(
  Object.entries(ALLOWED).map(([section, names]) => [section, new Set(names.split(/\s+/))] as const),
);

export class ConfigCheck {
  readonly #files: Files;
  readonly #list: (file: string) => Promise<Captured>;
  /** File → its text when it was last found good. */
  readonly #good = new Map<string, string>();

  constructor(files: Files, list: (file: string) => Promise<Captured>) {
    this.#files = files;
    this.#list = list;
  }

  /** Before each call: the local file and that of the worktree, which git reads too when told to. */
  async check({ common, gitFolder }: Tree): Promise<Result<null>> {
    const files = new Set([
      join(common, "config"),
      join(common, "config.worktree"),
      join(gitFolder, "config.worktree"),
    ]);
    for (const file of files) {
      if (this.#files.exists(file) && !isSmallFile(this.#files, file)) return bad(noSettings(file));
      const text = this.#files.readTextIf(file);
      if (text === null || this.#good.get(file) === text) continue;
      const checked = await this.#judge(file);
      if (!checked.ok) return checked;
      this.#good.set(file, text);
    }
    return good(null);
  }

  async #judge(file: string): Promise<Result<null>> {
    const { code, stdout, trouble } = await this.#list(file);
    // Without git there is nothing to protect: the call that follows says that it is missing.
    if (trouble !== null) return good(null);
    const keys = Buffer.from(stdout)
      .toString("utf8")
      .split("\0")
      .flatMap((entry) => (entry === "" ? [] : [entry.split("\n", 1)[0] ?? ""]));
    const surprising = code === 0 ? keys.find((key) => !isAllowed(key)) : "(it cannot be read)";
    if (surprising === undefined) return good(null);
    return bad({
      code: "E_GIT_CONFIG",
      message: `the git setting ${JSON.stringify(surprising.slice(0, 200))} in ${file} is not one that decapod works with: it could run a program`,
      hint: `look at it, then move it to your own settings: git config --file ${file} --unset-all ${shellSafe(surprising)}`,
    });
  }
}

/** As git writes it: section and variable in lower case, what stands between as it was written. */
function isAllowed(key: string): boolean {
  const first = key.indexOf(".");
  const last = key.lastIndexOf(".");
  if (first < 0) return false;
  const section = key.slice(0, first).toLowerCase();
  const names = TABLE.get(key.slice(0, last)) ?? TABLE.get(first === last ? section : `${section}.*`);
  return names !== undefined && (names.has("*") || names.has(key.slice(last + 1).toLowerCase()));
}

function noSettings(file: string): Problem {
  return {
    code: "E_GIT_CONFIG",
    message: `${file} is no file of settings: no regular file, or above 1 MiB`,
    hint: "look at it, then move it away",
  };
}

function shellSafe(key: string): string {
  return /^[A-Za-z0-9._-]+$/.test(key) ? key : "NAME";
}
