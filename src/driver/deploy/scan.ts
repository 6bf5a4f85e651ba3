/**
 * What must not be published, found before anything is (C10): by name, and by what a file holds. A false alarm costs a line
 * in decapod.yaml (`allow`); a key on a public page costs more.
 */
import { compileGlob } from "../../core/glob.ts";

const NAMES: readonly (readonly [glob: string, why: string])[] = [
  ["**/.env{,.*}", "holds settings, and mostly secrets"],
  ["**/.{git,svn,hg}/**", "is the history of the sources"],
  ["**/.{git,svn,hg}", "is the history of the sources"],
  ["**/.{aws,ssh,gnupg,docker,kube}/**", "is where keys are kept"],
  ["**/{.npmrc,.netrc,.pypirc,.htpasswd,.git-credentials,.pgpass}", "holds passwords"],
  ["**/{id_rsa,id_dsa,id_ecdsa,id_ed25519}", "is a private key"],
  ["**/*.{pem,key,p12,pfx,jks,keystore,kdbx}", "is where keys are kept"],
  ["**/{decapod.yaml,.claude/**}", "belongs to the project, not to its pages"],
];

/** As they are written in any file. What providers print in their manuals ends in EXAMPLE. */
const KEYS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----/, "holds a private key"],
  [/\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b/, "holds an AWS access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60}/, "holds a GitHub token"],
  [/\bglpat-[A-Za-z0-9_-]{20}/, "holds a GitLab token"],
  [/\bsk-ant-[A-Za-z0-9_-]{20}/, "holds an API key"],
  [/\bxox[abprs]-[A-Za-z0-9-]{20}/, "holds a Slack token"],
  [/\b[rs]k_live_[A-Za-z0-9]{20}/, "holds a Stripe key"],
];

/** So much of a piece is looked at again with the next one: longer than any of the above. */
export const OVERLAP_BYTES = 4_096;

export interface Scan {
  /** Why a file of this name is not published; null: it may be. */
  name(path: string): string | null;
  /** The same of a piece of what it holds, byte for character. */
  content(path: string, piece: string): string | null;
}

export function makeScan(allow: readonly string[], secrets: Readonly<Record<string, string>>): Scan {
  const allowed = allow.map(compileGlob);
  const isAllowed = (path: string) => allowed.some((fits) => fits(path));
  const names = NAMES.map(([glob, why]) => [compileGlob(glob), why] as const);
  // Bytes are compared: a secret with other letters is found by its bytes.
  const known = Object.entries(secrets)
    .filter(([, value]) => value.length >= 8 && value.length <= OVERLAP_BYTES)
    .map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")] as const);
  return {
    name: (path) => (isAllowed(path) ? null : (names.find(([fits]) => fits(path))?.[1] ?? null)),
    content: (path, piece) => {
      if (isAllowed(path)) return null;
      const secret = known.find(([, value]) => piece.includes(value));
      if (secret !== undefined) return `holds the secret ${secret[0]}`;
      return KEYS.find(([pattern]) => pattern.test(piece))?.[1] ?? null;
    },
  };
}
