/**
 * Where a person lets the work of runs go, by project. It stands in their own file, with the whole address: an agent can
 * write what a repository calls its remotes.
 */
import { dirname, isAbsolute, resolve } from "node:path";
import type { Findings } from "./findings.ts";

/** Absolute path of a project → address. */
export type Remotes = Readonly<Record<string, string>>;

export function checkRemotes(remotes: Remotes, findings: Findings): void {
  for (const [project, remote] of Object.entries(remotes)) {
    const path = ["push", project];
    if (!isAbsolute(project) || dirname(project) === project) {
      const message = `push is by project, the absolute path of its folder, not ${project}`;
      findings.add("E_ARG", { path, part: "key" }, { message, hint: "push: { /home/kim/site: ADDRESS }" });
    }
    const hint = hintAgainst(remote, project);
    if (hint === null) continue;
    const message = `${JSON.stringify(shownRemote(remote).slice(0, 200))} is no address that is pushed to`;
    findings.add("E_REMOTE", { path }, { message, hint });
  }
}

/** null: it is one. */
function hintAgainst(remote: string, project: string): string | null {
  if (TOKEN_AS_NAME.test(remote))
    return "a name in an address can be read by all of this machine: https://TOKEN:@HOST/PATH";
  // An agent writes there: its hooks would run, or the project would be pushed to itself.
  if (isAbsolute(remote) && (isBelow(remote, project) || isBelow(project, remote)))
    return "a folder outside of the project";
  return isRemote(remote)
    ? null
    : "https://…, ssh://…, git@HOST:PATH, the absolute path of a folder; http:// of this machine alone";
}

/** What git takes for a name it hands on as an argument. */
const TOKEN_AS_NAME = /^https?:\/\/(?=[^/@:]*\d)[\w-]{20,}@/;

function isBelow(path: string, folder: string): boolean {
  return `${resolve(path)}/`.startsWith(`${resolve(folder)}/`);
}

/** Without what may be a secret. */
export function shownRemote(remote: string): string {
  return remote.replace(/^([a-z]+:\/\/)[^/]*@/i, "$1");
}

function isRemote(remote: string): boolean {
  if (/\p{Cc}/u.test(remote)) return false;
  if (isAbsolute(remote)) return dirname(remote) !== remote;
  return /^[a-z]+:\/\//i.test(remote) ? isAddress(remote) : IN_SSH_SPELLING.test(remote);
}

/** USER@HOST:PATH. Nothing in it begins as an option does, and `ext::` is none. */
const IN_SSH_SPELLING = /^(?:[\p{L}\p{N}_][^\s@:/]*@)?[\p{L}\p{N}][^\s@:/]*:[^:\s-][^\s]*$/u;

function isAddress(remote: string): boolean {
  const url = URL.parse(remote);
  // Spelt as git reads it too, which takes the first @ for the last.
  const isPlain = /^[a-z]+:\/\/[^/@]*(?:@[^/@]*)?\/\S*$/.test(remote);
  if (url === null || !isPlain || url.pathname.length < 2) return false;
  const { protocol, hostname, username, password } = url;
  if (protocol === "ssh:") return password === "" && !isOption(hostname) && !isOption(username);
  return protocol === "https:" || (protocol === "http:" && THIS_MACHINE.has(hostname));
}

const THIS_MACHINE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isOption(word: string): boolean {
  return word.startsWith("-");
}
