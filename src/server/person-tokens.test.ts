/** Tokens of people: what is kept of them, and which count. */
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import type { Result } from "../core/problem.ts";
import { realFiles } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { changeTokens, checkToken, readTokens, type TokenEntry, tokenText } from "./person-tokens.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "decapod-tokens-")));
after(() => rmSync(base, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 0, 18);
const RIGHT = tokenText(new Uint8Array(32).fill(7));
const OTHER = tokenText(new Uint8Array(32).fill(8));

function entry(name: string, token: string, over: Partial<TokenEntry> = {}): TokenEntry {
  const times = { createdAt: NOW, expiresAt: NOW + 1000, revokedAt: null };
  return { name, sha256: sha256(token), user: "kim", ...times, ...over };
}

function said(result: Result<unknown>): string {
  return result.ok ? "" : result.problems.map(({ code, message }) => `${code} ${message}`).join("\n");
}

function place(name: string) {
  const root = join(base, name, "project");
  const home = join(base, name, "home");
  for (const folder of [root, home]) mkdirSync(folder, { recursive: true });
  return { environment: { HOME: home }, root, files: realFiles };
}

describe("A6 a person's token", () => {
  it("counts by its name, for its user, until it expires or is revoked", () => {
    const tokens = [entry("old", OTHER, { revokedAt: NOW - 5 }), entry("laptop", RIGHT)];
    const shown = { token: RIGHT, user: "kim", now: NOW };
    assert.deepEqual(checkToken(tokens, shown), { ok: true, value: "laptop" });
    assert.match(
      said(checkToken(tokens, { ...shown, token: `${RIGHT}x` })),
      /^E_HUMAN_ONLY .* is not known here/,
    );
    assert.match(said(checkToken(tokens, { ...shown, user: "ann" })), /^E_HUMAN_ONLY .* is not known here/);
    assert.match(
      said(checkToken(tokens, { ...shown, token: OTHER })),
      /^E_HUMAN_ONLY .* old was revoked at 2026-01-17T/,
    );
    assert.match(
      said(checkToken(tokens, { ...shown, now: NOW + 1000 })),
      /^E_HUMAN_ONLY .* laptop expired at 2026-01-18T/,
    );
    assert.match(said(checkToken([], shown)), /E_HUMAN_ONLY/);
  });

  it("has 256 bits, and is kept as a digest in a file of its user's alone", () => {
    const at = place("kept");
    assert.equal(RIGHT.length, 47);
    assert.deepEqual(readTokens(at), { ok: true, value: [] });
    const tokens = [entry("laptop", RIGHT)];
    assert.deepEqual(
      changeTokens(at, NOW, () => tokens),
      { ok: true, value: null },
    );
    assert.deepEqual(readTokens(at), { ok: true, value: tokens });
    const path = join(at.environment.HOME, ".config/decapod/tokens.json");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
    assert.ok(!readFileSync(path, "utf8").includes(RIGHT.slice(4)));
  });

  it("is not believed from a file that others can write, that is no list, or that a project holds", () => {
    const at = place("wrong");
    changeTokens(at, NOW, () => []);
    const path = join(at.environment.HOME, ".config/decapod/tokens.json");
    chmodSync(path, 0o660);
    assert.match(said(readTokens(at)), /^E_NOT_ALLOWED .* is open to others/);
    chmodSync(path, 0o600);
    for (const text of ["{", '{"version":1}', '{"version":1,"tokens":[{"name":"x"}]}']) {
      writeFileSync(path, text);
      assert.match(said(readTokens(at)), /^E_SCHEMA .*tokens\.json is not as decapod left it/, text);
    }
    const inside = {
      ...at,
      environment: { HOME: at.environment.HOME, XDG_CONFIG_HOME: join(at.root, "config") },
    };
    assert.match(said(readTokens(inside)), /^E_NOT_ALLOWED .* lies inside the project/);
    assert.match(said(changeTokens(inside, NOW, () => [])), /^E_NOT_ALLOWED/);
    assert.match(said(readTokens({ ...at, environment: {} })), /^E_NOT_FOUND there is no home/);
  });

  it("leaves the list when it counts no more and there are too many; those that count stay", () => {
    const at = place("many");
    const made = (count: number, over: Partial<TokenEntry>) =>
      Array.from({ length: count }, (_, index) => entry(`t${index}`, `${index}`, over));
    const tokens = [...made(2, { revokedAt: NOW }), ...made(99, {})];
    assert.equal(said(changeTokens(at, NOW, () => tokens)), "");
    const read = readTokens(at);
    assert.deepEqual(read.ok && read.value, tokens.slice(1));
    assert.match(
      said(changeTokens(at, NOW, () => made(101, {}))),
      /^E_NOT_ALLOWED there are 100 tokens already/,
    );
  });

  it("is changed by one command at a time: what one revoked comes back through no other", () => {
    const at = place("lock");
    changeTokens(at, NOW, () => [entry("laptop", RIGHT)]);
    const changed = changeTokens(at, NOW, (tokens) => {
      assert.match(
        said(changeTokens(at, NOW, () => [])),
        /^E_CONFLICT another command is changing your tokens/,
      );
      return [...tokens, entry("phone", OTHER)];
    });
    assert.equal(said(changed), "");
    const names = () => {
      const read = readTokens(at);
      return read.ok ? read.value.map(({ name }) => name) : [];
    };
    assert.deepEqual(names(), ["laptop", "phone"]);
    assert.throws(() =>
      changeTokens(at, NOW, () => {
        throw new Error("refused");
      }),
    );
    assert.equal(said(changeTokens(at, NOW, (tokens) => tokens)), "");
  });
});
