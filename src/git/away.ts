/**
 * What leaves this machine: commits, to a remote that the person named. git stands in a folder made for this one call and
 * takes from the repository nothing but its objects, so that no setting, remote or hook there leads it anywhere else.
 * Who the person is there git learns from their own settings. Nothing is forced and nothing deleted (G12).
 */
import { join } from "node:path";
import { good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import type { Captured } from "../port/spawn.ts";
import type { Git } from "./git.ts";
import { smallTextIf } from "./small-file.ts";
import type { Tree } from "./tree.ts";

export interface Remote {
  /** As the person wrote it; the spec room has looked at it. */
  readonly address: string;
  /** The person's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Outside of the project; made and removed here. */
  readonly folder: string;
}

/** A ref of the remote, and the commit that it is to lead to. */
export interface Wanted {
  readonly name: string;
  readonly commit: string;
}

export interface Pushed {
  /** What stands there now. */
  readonly taken: readonly Wanted[];
  readonly refused: readonly { readonly name: string; readonly why: string }[];
  /** Why the remote gave no answer; null when it did. */
  readonly trouble: string | null;
}

/** A large push over a slow line takes its time. */
const TIMEOUT_MS = 15 * 60_000;

export async function push(
  { git, files, tree }: { readonly git: Git; readonly files: Files; readonly tree: Tree },
  wanted: readonly Wanted[],
  { address, environment, folder }: Remote,
  signal: AbortSignal,
): Promise<Result<Pushed>> {
  const format = await git.read(tree, ["rev-parse", "--show-object-format"]);
  if (!format.ok) return format;
  try {
    makePlace(files, tree, { address, folder, format: format.value.trim() });
    const refs = wanted.map(({ name, commit }) => `${commit}:${name}`);
    const own = { GIT_DIR: folder, GIT_OBJECT_DIRECTORY: join(tree.common, "objects") };
    const ended = await git.away([...PUSH, NAME, ...refs], {
      folder,
      environment: { ...personal(environment), ...FIXED, GIT_ALLOW_PROTOCOL: ways(address), ...own },
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    return good(answerOf(ended, wanted));
  } finally {
    files.removeTree(folder);
  }
}

const NAME = "decapod-away";
const PUSH = [
  "push",
  "--porcelain",
  "--no-progress",
  "--no-verify",
  "--no-signed",
  "--no-follow-tags",
  "--recurse-submodules=no",
];

interface Place {
  readonly address: string;
  readonly folder: string;
  readonly format: string;
}

/** A repository with nothing in it. What is left of an earlier call went down with its engine. */
function makePlace(files: Files, tree: Tree, { address, folder, format }: Place): void {
  files.removeTree(folder);
  files.makeFolder(join(folder, "refs"));
  const put = (name: string, text: string) => files.writeWhole(join(folder, name), text);
  const { plain, withSecret } = parted(address);
  put("HEAD", "ref: refs/heads/none\n");
  put("config", configOf(plain, format, withSecret !== null));
  // A file instead of an argument: of those anybody on the machine can read (O6).
  if (withSecret !== null) put("credentials", `${withSecret}\n`);
  const shallow = smallTextIf(files, join(tree.common, "shallow"));
  if (shallow !== null) put("shallow", shallow);
}

function configOf(address: string, format: string, hasSecret: boolean): string {
  const quoted = address.replaceAll(/["\\]/g, (letter) => `\\${letter}`);
  const credential = hasSecret
    ? ["[credential]", "\thelper =", '\thelper = "store --file=credentials"', "\tuseHttpPath = false"]
    : [];
  const lines = [
    "[core]",
    "\trepositoryformatversion = 1",
    "\tbare = true",
    "[extensions]",
    `\tobjectFormat = ${format}`,
    `[remote "${NAME}"]`,
    `\turl = "${quoted}"`,
    ...credential,
  ];
  return `${lines.join("\n")}\n`;
}

/** A password in an address of http goes its own way; null: there is none. */
function parted(address: string): { readonly plain: string; readonly withSecret: string | null } {
  const [, scheme = "", secret] = /^(https?:\/\/)([^/@]*:[^/@]*)@/.exec(address) ?? [];
  if (secret === undefined) return { plain: address, withSecret: null };
  return { plain: `${scheme}${address.slice(scheme.length + secret.length + 1)}`, withSecret: address };
}

/** By what a person's own settings may turn it into, never a program (G8). */
function ways(address: string): string {
  const own = /^http:/.test(address) ? ":http" : address.startsWith("/") ? ":file" : "";
  return `https:ssh${own}`;
}

/** What programs that know who a person is need of their environment; no window opens to ask. */
const PERSONAL =
  /^(?:HOME|USER|LOGNAME|TMPDIR|XDG_(?:CONFIG|CACHE|DATA|STATE)_HOME|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|GNUPGHOME|(?:https?|all|no)_proxy|(?:HTTPS|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR))$/;

function personal(environment: Remote["environment"]): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    PERSONAL.test(name) && value !== undefined ? [[name, value]] : [],
  );
  return Object.fromEntries(entries);
}

const FIXED = {
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_NO_LAZY_FETCH: "1",
  GIT_OPTIONAL_LOCKS: "0",
};

function answerOf({ code, stdout, stderr, trouble }: Captured, wanted: readonly Wanted[]): Pushed {
  const lines = [...Buffer.from(stdout).toString("utf8").matchAll(LINE)];
  const flags = new Map(lines.map(([, flag = "", name = "", said = ""]) => [name, { flag, said }]));
  const isAnswered = code !== null && flags.size > 0;
  if (!isAnswered)
    return { taken: [], refused: [], trouble: TROUBLES[trouble ?? ""] ?? trouble ?? whyOf(stderr, code) };
  const taken = wanted.filter(({ name }) => (flags.get(name)?.flag ?? "!") !== "!");
  const refused = wanted.flatMap((one) =>
    taken.includes(one) ? [] : [{ name: one.name, why: reasonIn(flags.get(one.name)?.said ?? "no answer") }],
  );
  return { taken, refused, trouble: null };
}

export const STOPPED = "no answer before the command ended";
const TROUBLES: Readonly<Record<string, string>> = {
  timeout: `no answer within ${TIMEOUT_MS / 60_000} minutes`,
  stopped: STOPPED,
};

/** FLAG, what went, where it went, what became of it. */
const LINE = /^([ *=!+-])\t[^\t:]*:([^\t]+)\t(.*)$/gm;

/** `[remote rejected] (pre-receive hook declined)` → what stands in the brackets that people know. */
function reasonIn(said: string): string {
  return (/\(([^)]+)\)\s*$/.exec(said)?.[1] ?? said).slice(0, WHY_LETTERS);
}

/** The last words of git itself, not what the remote printed on the way. */
function whyOf(stderr: Uint8Array, code: number | null): string {
  const lines = Buffer.from(stderr).toString("utf8").trim().split("\n");
  const fatal = lines.find((line) => /^(?:fatal|error): /.test(line)) ?? lines[0] ?? "";
  const why = fatal.replace(/^(?:fatal|error): /, "");
  return why === "" ? `git push ended with ${code}` : why.slice(0, WHY_LETTERS);
}

const WHY_LETTERS = 300;
