/** What is written in PowerShell, read by the grammar that VS Code uses: no system package here brings a PowerShell. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { completionScript } from "../../src/cli/completion/scripts.ts";

const FOLDER = join(import.meta.dirname, "node_modules/@vscode/tree-sitter-wasm/wasm");
const noGrammar = existsSync(FOLDER)
  ? false
  : "the grammar of PowerShell is not installed for tests: node scripts/ensure.mjs test/shells";

interface Grammar {
  readonly Parser: {
    new (): { setLanguage(language: object): void; parse(text: string): Parsed };
    init(): Promise<void>;
  };
  readonly Language: { load(bytes: Uint8Array): Promise<object> };
}
interface Parsed {
  readonly rootNode: { readonly hasError: boolean; toString(): string };
}

async function reader(): Promise<(text: string) => Parsed["rootNode"]> {
  const { Parser, Language } = createRequire(import.meta.url)(join(FOLDER, "tree-sitter.js")) as Grammar;
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(join(FOLDER, "tree-sitter-powershell.wasm"))));
  return (text) => parser.parse(text).rootNode;
}

describe("completion for PowerShell", { skip: noGrammar }, () => {
  it("is PowerShell, whole; with a sign of it taken away it is none", async () => {
    const read = await reader();
    const script = completionScript("pwsh");
    const whole = read(script);
    assert.ok(!whole.hasError, whole.toString());
    for (const [at, sign] of [...script.matchAll(/[(){}]/g)].map(
      (found) => [found.index, found[0]] as const,
    )) {
      const without = script.slice(0, at) + script.slice(at + 1);
      assert.ok(read(without).hasError, `without ${sign} at ${at}`);
    }
  });
});
