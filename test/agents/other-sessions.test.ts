// An attempt that follows goes on in the session of the one before, of the agents that are not claude.
import assert from "node:assert/strict";
import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CODEX, GEMINI } from "../../src/driver/agent/product.ts";
import { terminal } from "../e2e/terminal.ts";
import { NOT_WITH_EVERY_COMMIT } from "../support/scale.ts";
import { type OtherRequest, type OtherStub, type OtherTurn, startOtherStub } from "./other-stub.ts";
import { CODEX_PROGRAM, GEMINI_PROGRAM, missing, programOf } from "./real-agent.ts";
import { type Project, projectOn } from "./rig.ts";

const ASKS = "QUESTION FOR A PERSON\n\nWhich colour shall the door have?\n- blue\n- red";
const KEY = "sk-stub-key-0123456789";
const RUNS = ".claude/workflow-state/runs";

interface Other extends Project {
  readonly stub: OtherStub;
}

interface Setting {
  readonly name: string;
  readonly skip: string | false;
  readonly project: (t: TestContext, turns: readonly OtherTurn[]) => Promise<Other>;
  readonly run: (command: string) => NonNullable<OtherTurn["tool"]>;
  /** What was said, in order, as the API was told it. */
  readonly said: (body: OtherRequest["body"]) => readonly string[];
}

interface Message {
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
  readonly parts?: readonly { readonly text?: string }[];
}

/** Without what the agent adds by itself. */
function textsOf(messages: unknown, assistant: string): readonly string[] {
  return (messages as readonly Message[])
    .filter(({ role }) => role === "user" || role === assistant)
    .map(({ role, content, parts }) => {
      const text = (content ?? parts ?? []).map((part) => part.text ?? "").join("\n");
      return `${role === "user" ? "user" : "assistant"}: ${text.replace(/<(\w+_context)>[\s\S]*?<\/\1>\n*/g, "")}`;
    })
    .filter((text) => !/^\w+: *$/.test(text));
}

const REAL_CODEX = { product: CODEX, program: CODEX_PROGRAM };
const REAL_GEMINI = { product: GEMINI, program: GEMINI_PROGRAM };

const SETTINGS: readonly Setting[] = [
  {
    name: "codex",
    skip: missing(REAL_CODEX),
    run: (cmd) => ({ name: "exec_command", input: { cmd } }),
    said: ({ input }) => textsOf(input, "assistant"),
    project: async (t, turns) => {
      const stub = await startOtherStub(turns);
      const environment = { OPENAI_BASE_URL: `${stub.url}/v1`, OPENAI_API_KEY: KEY };
      const made = projectOn(t, stub, { programs: { codex: programOf(REAL_CODEX) }, environment });
      return { ...made, stub };
    },
  },
  {
    name: "gemini",
    skip: missing(REAL_GEMINI) || NOT_WITH_EVERY_COMMIT,
    run: (command) => ({ name: "run_shell_command", input: { command } }),
    said: ({ contents }) => textsOf(contents, "model"),
    project: async (t, turns) => {
      const stub = await startOtherStub(turns);
      const environment = { GOOGLE_GEMINI_BASE_URL: stub.url, GEMINI_API_KEY: KEY };
      const made = projectOn(t, stub, { programs: { gemini: programOf(REAL_GEMINI) }, environment });
      return { ...made, stub };
    },
  },
];

for (const { name, skip, project: projectFor, run: runs, said } of SETTINGS)
  describe(`${name}: going on in a session`, { skip }, () => {
    const task = (id: string, more = "") =>
      `  - { id: ${id}, agent: coder, options: { driver: ${name} }, parameters: { task: Do ${id} }${more} }\n`;
    const project = async (t: TestContext, turns: readonly OtherTurn[], tasks: string) => {
      const made = await projectFor(t, turns);
      made.write("door.yaml", `name: door\ntasks:\n${tasks}`);
      return made;
    };
    const turnsIn = (made: Other, at: number) => said(made.stub.requests.at(at)?.body ?? {});

    it("after a question, with the answer as the next turn; what was used before is counted once", async (t) => {
      const made = await project(t, [{ text: ASKS }, { text: "Painted." }], task("paint"));
      const words = ["run", "door.yaml"];
      const { code, screen } = await at(made, words, [["or Enter to leave:", "blue\r"]]);
      assert.equal(code, 0, screen);
      const [brief, question, answer, ...more] = turnsIn(made, -1);
      assert.match(brief ?? "", /Do paint/);
      assert.equal(question, `assistant: ${ASKS}`);
      assert.match(answer ?? "", /A person answers your question:\n\n> blue\n\nGo on with your task\.\n$/);
      assert.doesNotMatch(answer ?? "", /Do paint/);
      assert.deepEqual(more, []);
      const told = await history(made, "paint");
      assert.deepEqual(
        told.map(({ status, tokens, notes }) => [status, tokens, notes]),
        [
          ["asked", 120, []],
          ["success", 120, ["it goes on with the session of attempt 1"]],
        ],
      );
      const [first, second] = [1, 2].map((at) => JSON.parse(made.attempt("paint", "result.json", at)).detail);
      assert.match(second.goesOnWith, /\/paint\/1$/);
      assert.deepEqual([first.startTokens, second.startTokens], [100, 100], "of its own first request");
      assert.deepEqual(kept(made), ["paint/1/session.json"]);
      for (const [file, text] of made.texts(made.path)) assert.ok(!text.includes(KEY), file);
    });

    it("O4: continue:TASK: what a task saw of a secret is not what the next one sees", async (t) => {
      const secret = "hunter2-hunter2";
      const made = await project(
        t,
        [{ tool: runs("echo it is $WORD") }, { text: "Planned." }, { text: "Done." }],
        task("plan", `, env: { WORD: "\${secrets.WORD}" }`) +
          task("paint", ", dependencies: [plan], session: 'continue:plan'"),
      );
      made.write(
        "door.yaml",
        `${made.read("door.yaml")}context: { secrets: { WORD: { env: WORD_OF_MINE } } }\n`,
      );
      made.environment.WORD_OF_MINE = secret;
      const run = await made.start("run", "door.yaml").ended;
      assert.equal(run.code, 0, run.stdout + run.stderr);
      const [seen, next] = [made.stub.requests.at(-2), made.stub.requests.at(-1)];
      assert.match(JSON.stringify(seen?.body), /it is hunter2/);
      assert.match(JSON.stringify(next?.body), /it is \*\*\*/);
      assert.ok(!JSON.stringify(next?.body).includes(secret));
      assert.match(turnsIn(made, -1).at(-1) ?? "", /in which task plan was done[\s\S]*Do paint/);
    });

    it("one that it does not take is no failure: a new one has all of it in its brief", async (t) => {
      const made = await project(
        t,
        [{ text: ASKS }, { text: "Painted." }],
        task("paint", ", retry: { max_attempts: 1 }"),
      );
      const asked = await made.start("run", "door.yaml").ended;
      assert.equal(asked.code, 8, asked.stdout + asked.stderr);
      const [session = ""] = kept(made);
      truncateSync(join(made.path, RUNS, runOf(made), `${session}l`));
      const inbox = JSON.parse((await made.start("inbox", "--json").ended).stdout);
      const { code, screen } = await at(made, ["answer", inbox.decisions[0].id, "blue"], []);
      assert.equal(code, 0, screen);
      const [brief, ...more] = turnsIn(made, -1);
      assert.match(brief ?? "", /Do paint[\s\S]*An earlier attempt asked[\s\S]*> blue/);
      assert.deepEqual(more, []);
      assert.deepEqual((await history(made, "paint")).at(-1)?.notes, [
        "it begins a new session, that of attempt 1 could not be gone on with",
      ]);
    });
  });

function at(made: Project, words: readonly string[], answers: Parameters<typeof terminal>[2]) {
  return terminal(made, words, answers, made.environment as Record<string, string>);
}

function runOf({ path }: Project): string {
  return readdirSync(join(path, RUNS))[0] ?? "";
}

function kept(made: Project): readonly string[] {
  const files = readdirSync(join(made.path, RUNS, runOf(made)), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith("/session.json"));
}

async function history(made: Project, task: string) {
  const shown = await made.start("show", "--json", runOf(made), task).ended;
  return JSON.parse(shown.stdout).task.history as readonly {
    readonly status: string;
    readonly tokens: number;
    readonly notes: readonly string[];
  }[];
}
