/**
 * Where a person lets the work of runs go, by project. It stands in their own file, with the whole address: an agent can
 * write what a repository calls its remotes.
 */
import { dirname, isAbsolute } from "node:path";
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
    if (isRemote(remote)) continue;
    const message = `${JSON.stringify(shownRemote(remote).slice(0, 200))} is no address that is pushed to`;
    const hint =
      "https://…, ssh://…, git@HOST:PATH, the absolute path of a folder; http:// of this machine alone";
    findings.add("E_REMOTE", { path }, { message, hint });
  }
}

/** Without what may be a secret. */
export function shownRemote(remote: string): string {
  return remote.replace(/^([a-z]+:\/\/)[^/]*@/, "$1");
}

function isRemote(remote: string): boolean {
  if (/\p{Cc}/u.test(remote)) return false;
  if (isAbsolute(remote)) return dirname(remote) !== remote;
  return /^[a-z]+:\/\//.test(remote) ? isAddress(remote) : IN_SSH_SPELLING.test(remote);
}

/** USER@HOST:PATH. Nothing in it begins as an option does, and `ext::` is none. */
const IN_SSH_SPELLING = /^(?:[\p{L}\p{N}_][^\s@:/]*@)?[\p{L}\p{N}][^\s@:/]*:[^:\s-][^\s]*$/u;

function isAddress(remote: string): boolean {
  const url = URL.parse(remote);
  if (url === null || /\s/.test(remote) || url.pathname.length < 2) return false;
  const { protocol, hostname, username, password } = url;
  if (protocol === "ssh:") return password === "" && !isOption(hostname) && !isOption(username);
  return protocol === "https:" || (protocol === "http:" && THIS_MACHINE.has(hostname));
}

const THIS_MACHINE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isOption(word: string): boolean {
  return word.startsWith("-");
}
