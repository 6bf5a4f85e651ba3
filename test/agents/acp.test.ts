// Real agents over ACP, on the stub: they ask, are answered by policy, and do what they are allowed.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { GEMINI } from "../../src/driver/agent/product.ts";
import { environmentWith, startIn } from "../e2e/decapod.ts";
import { temporaryFolder } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { startOtherStub } from "./other-stub.ts";
import { missing, NOT_WITH_EVERY_COMMIT, programOf } from "./real-agent.ts";

const GEMINI_CLI = { product: GEMINI, program: "@google/gemini-cli/bundle/gemini.js" };
const WAIT_MS = 120_000;

describe("gemini over ACP", { skip: missing(GEMINI_CLI) || NOT_WITH_EVERY_COMMIT }, () => {
  for (const [what, tools, code] of [
    ["writes a file that it asked for and was allowed to", "[Read, Write]", 0],
    ["is refused what its role does not offer, and the task fails", "[Read]", 1],
  ] as const)
    it(what, async (t) => {
      const base = temporaryFolder(t);
      const project = join(base, "project");
      const write = (name: string, text: string) => {
        mkdirSync(dirname(join(base, name)), { recursive: true });
        writeFileSync(join(base, name), text);
      };
      const file_path = join(project, "a.txt");
      const stub = await startOtherStub([
        { text: "Writing.", tool: { name: "write_file", input: { file_path, content: "1" } } },
        { text: "Done." },
      ]);
      t.after(() => stub.close());
      const home = join(base, "home");
      write(
        "home/.gemini/settings.json",
        JSON.stringify({
          security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
        }),
      );
      write(
        "home/.config/decapod/config.yaml",
        "agents: { acp: { pass: [GEMINI_API_KEY, GOOGLE_GEMINI_BASE_URL] } }\n",
      );
      const args = `[${programOf(GEMINI_CLI)}, --acp, -m, gemini-2.5-pro]`;
      write(
        "project/decapod.yaml",
        `agents: { helper: { driver: acp, command: ${process.execPath}, args: ${args} } }\n`,
      );
      const options = `options: { tools: ${tools} }`;
      const task = `{ id: work, agent: helper, parameters: { task: Write a.txt. }, ${options} }`;
      write("project/.claude/workflows/one.yaml", `name: one\ntasks:\n  - ${task}\n`);
      const environment = {
        ...environmentWith(home),
        GEMINI_API_KEY: "stub-key-0123456789",
        GOOGLE_GEMINI_BASE_URL: stub.url,
      };
      const ended = await startIn(project, environment, [...PROGRAM, "run", "one"], WAIT_MS).ended;
      assert.equal(ended.code, code, ended.stderr + ended.stdout);
      assert.equal(existsSync(file_path), code === 0);
      if (code === 0) return;
      assert.match(ended.stdout + ended.stderr, /was not allowed to do what it wanted: edit/);
    });
});
