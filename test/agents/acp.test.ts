// Real agents over ACP, on stand-ins of their APIs: each asks, is answered by policy, and does what it is allowed.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { GEMINI } from "../../src/driver/agent/product.ts";
import { environmentWith, startIn } from "../e2e/decapod.ts";
import { temporaryFolder } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { NOT_WITH_EVERY_COMMIT } from "../support/scale.ts";
import { startOtherStub } from "./other-stub.ts";
import { GEMINI_PROGRAM, missing, programOf } from "./real-agent.ts";
import { startStub } from "./stub.ts";

interface Standing {
  readonly url: string;
  close(): Promise<void>;
}

interface AcpAgent {
  readonly name: string;
  /** Below node_modules. */
  readonly program: string;
  readonly args: readonly string[];
  readonly skip: string | false;
  /** Its model wants to write this file, and ends. */
  stub(file: string): Promise<Standing>;
  /** What its person has in the home folder. */
  home(url: string): Readonly<Record<string, string>>;
  environment(url: string, home: string): Readonly<Record<string, string>>;
  /** The tools with which it may write. */
  readonly writes: string;
  /** How the run ends where it may not, and what is said: a command is asked of a person, an edit is refused for good. */
  readonly refused: readonly [code: number, said: RegExp];
}

const WAIT_MS = 120_000;
const KEY = "stub-key-0123456789";

/** Large, and so not among what CI installs. */
function notHere(name: string, version: string, program: string): string | false {
  const install = `npm install --no-save --prefix test/agents ${name}@${version}`;
  return existsSync(programOf({ program })) ? false : `${name} is not installed for tests: ${install}`;
}

const CODEX_ACP = "@agentclientprotocol/codex-acp/dist/index.js";
const CLAUDE_ACP = "@agentclientprotocol/claude-agent-acp/dist/index.js";

const AGENTS: readonly AcpAgent[] = [
  {
    name: "gemini",
    program: GEMINI_PROGRAM,
    args: ["--acp", "-m", "gemini-2.5-pro"],
    skip: missing({ product: GEMINI, program: GEMINI_PROGRAM }) || NOT_WITH_EVERY_COMMIT,
    stub: (file_path) =>
      startOtherStub([
        { text: "Writing.", tool: { name: "write_file", input: { file_path, content: "1" } } },
        { text: "Done." },
      ]),
    home: () => ({
      ".gemini/settings.json": JSON.stringify({
        security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
      }),
    }),
    environment: (url) => ({ GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url }),
    writes: "[Read, Write]",
    refused: [1, /was not allowed to do what it wanted: edit/],
  },
  {
    name: "codex-acp, put into the mode in which it asks",
    program: CODEX_ACP,
    args: [],
    skip: notHere("@agentclientprotocol/codex-acp", "2.6.0", CODEX_ACP),
    stub: (file) => {
      const asks = { sandbox_permissions: "require_escalated", justification: "to write it" };
      const input = { cmd: `printf 1 > '${file}'`, ...asks };
      return startOtherStub([{ text: "Writing.", tool: { name: "exec_command", input } }, { text: "Done." }]);
    },
    home: (url) => ({
      "codex/config.toml": `model = "gpt-5"\nmodel_provider = "stub"\n[model_providers.stub]\nname = "stub"\nbase_url = "${url}/v1"\nenv_key = "STUB_KEY"\nwire_api = "responses"\n`,
    }),
    environment: (_, home) => ({ CODEX_HOME: join(home, "codex"), STUB_KEY: KEY }),
    writes: "[Read, Write, Bash]",
    refused: [8, /codex-acp wants to use Bash\(printf 1 > /],
  },
  {
    name: "claude-agent-acp",
    program: CLAUDE_ACP,
    args: [],
    skip: notHere("@agentclientprotocol/claude-agent-acp", "0.100.0", CLAUDE_ACP),
    stub: (file_path) =>
      startStub([
        { text: "A title", times: -1, when: { last: /<session>/ } },
        { text: "Writing.", tools: [{ name: "Write", input: { file_path, content: "1" } }] },
        { text: "Done." },
      ]),
    home: () => ({}),
    environment: (url, home) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CONFIG_DIR: join(home, ".claude"),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
    writes: "[Read, Write]",
    refused: [1, /was not allowed to do what it wanted: edit/],
  },
];

for (const agent of AGENTS)
  describe(`${agent.name}, over ACP`, { skip: agent.skip }, () => {
    const [no, said] = agent.refused;
    for (const [what, tools, code] of [
      ["writes a file that it asked for and was allowed to", agent.writes, 0],
      [`is refused what its role does not offer, and the run ends with ${no}`, "[Read]", no],
    ] as const)
      it(what, async (t) => {
        const base = temporaryFolder(t);
        const [project, home] = [join(base, "project"), join(base, "home")];
        const file = join(project, "a.txt");
        const stub = await agent.stub(file);
        t.after(() => stub.close());
        const own = agent.environment(stub.url, home);
        const args = JSON.stringify([programOf(agent), ...agent.args]);
        const task = `{ id: work, agent: helper, parameters: { task: Write a.txt. }, options: { tools: ${tools} } }`;
        const files = {
          ...agent.home(stub.url),
          ".config/decapod/config.yaml": `agents: { acp: { pass: [${Object.keys(own).join(", ")}] } }\n`,
          "../project/decapod.yaml": `agents: { helper: { driver: acp, command: ${process.execPath}, args: ${args} } }\n`,
          "../project/.claude/workflows/one.yaml": `name: one\ntasks:\n  - ${task}\n`,
        };
        for (const [name, text] of Object.entries(files)) {
          mkdirSync(dirname(join(home, name)), { recursive: true });
          writeFileSync(join(home, name), text);
        }
        const environment = { ...environmentWith(home), ...own };
        const ended = await startIn(project, environment, [...PROGRAM, "run", "one"], WAIT_MS).ended;
        assert.equal(ended.code, code, ended.stderr + ended.stdout);
        assert.equal(existsSync(file), code === 0);
        if (code === 0) return;
        assert.match(ended.stdout + ended.stderr, said);
      });
  });

const CLAUDE_OVER_ACP = AGENTS.at(-1);

describe("claude-agent-acp: going on in a session", {
  skip: CLAUDE_OVER_ACP?.skip ?? "it is not here",
}, () => {
  it("is done with a copy, under another task too, and its history is not taken for its answer", async (t) => {
    const base = temporaryFolder(t);
    const [project, home] = [join(base, "project"), join(base, "home")];
    const stub = await startStub([
      { text: "A title", times: -1, when: { last: /<session>/ } },
      { text: "The plan is blue." },
      { text: "Painted." },
    ]);
    t.after(() => stub.close());
    const own = CLAUDE_OVER_ACP?.environment(stub.url, home) ?? {};
    const args = JSON.stringify([programOf({ program: CLAUDE_ACP })]);
    const paint = "dependencies: [plan], session: 'continue:plan', parameters: { task: Paint it. }";
    const files = {
      ".config/decapod/config.yaml": `agents: { acp: { pass: [${Object.keys(own).join(", ")}] } }\n`,
      "../project/decapod.yaml": `agents: { helper: { driver: acp, command: ${process.execPath}, args: ${args} } }\n`,
      "../project/.claude/workflows/one.yaml": `name: one\ntasks:\n  - { id: plan, agent: helper, parameters: { task: Plan it. } }\n  - { id: paint, agent: helper, ${paint} }\n`,
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    const words = [...PROGRAM, "run", "one", "--json"];
    const ended = await startIn(project, { ...environmentWith(home), ...own }, words, WAIT_MS).ended;
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    const { tasks } = JSON.parse(ended.stdout).run;
    assert.deepEqual(
      tasks.map(({ output }: { readonly output: unknown }) => output),
      ["The plan is blue.", "Painted."],
    );
    const asked = stub.requests.filter(({ body }) => (body.tools?.length ?? 0) > 0).at(-1);
    const said = JSON.stringify(asked?.body.messages);
    for (const part of [/Plan it/, /The plan is blue/, /in which task plan was done/])
      assert.match(said, part);
  });
});
