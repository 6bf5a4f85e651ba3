// What the real claude asks becomes a decision of a person, and the answer reaches its next attempt.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { terminal } from "../e2e/terminal.ts";
import { type AgentProject, agentProject, NO_CLAUDE } from "./rig.ts";
import { textOf } from "./stub.ts";

const ASKS = "QUESTION FOR A PERSON\n\nWhich colour shall the door have?\n- blue\n- red";
const touch = [{ name: "Bash", input: { command: "touch asked.txt" } }];

/** Of the person at the terminal, with the login of the stub. */
function at(project: AgentProject, words: readonly string[], answers: Parameters<typeof terminal>[2]) {
  return terminal(project, words, answers, project.environment as Record<string, string>);
}

function door(options = "{}"): string {
  return `name: door\ntasks:\n  - { id: paint, agent: coder, parameters: { task: Paint the door }, options: ${options} }\n`;
}

describe("claude-code: asking a person", { skip: NO_CLAUDE }, () => {
  it("a question is put to whoever sits there, and the answer is what the next attempt is told", async (t) => {
    const project = await agentProject(t, [
      { text: ASKS },
      { text: "Painted.", when: { last: /A person answers your question/ } },
    ]);
    project.write("door.yaml", door());
    const { code, screen } = await at(project, ["run", "door.yaml"], [["or Enter to leave:", "blue\r"]]);
    assert.equal(code, 0, screen);
    assert.match(screen, /question a-\w{4} +paint/);
    assert.match(screen, /- red/);
    assert.equal(project.stub.requests.length, 2);
    assert.match(textOf(project.stub.requests[0]?.body.system), /QUESTION FOR A PERSON/);
  });

  it("a command that is not allowed is allowed by a person, for this task and just as it was seen", async (t) => {
    const project = await agentProject(t, [
      { tools: touch },
      { text: "Done." },
      { tools: touch },
      { text: "Done." },
    ]);
    project.write("door.yaml", door("{ tools: [Read, 'Bash(npm test)'], permission: default }"));
    const run = await project.start("run", "door.yaml").ended;
    assert.equal(run.code, 8, run.stderr);
    assert.equal(existsSync(join(project.path, "asked.txt")), false);
    const inbox = await project.start("inbox", "--json").ended;
    const [decision] = JSON.parse(inbox.stdout).decisions;
    assert.deepEqual(
      [decision.kind, decision.task, decision.title, decision.choices],
      ["permission", "paint", "claude wants to use Bash(touch asked.txt)", ["approve", "reject"]],
    );
    const { code, screen } = await at(project, ["approve", decision.id], []);
    assert.equal(code, 0, screen);
    assert.equal(existsSync(join(project.path, "asked.txt")), true);
    const shown = await project.start("show", "--json", decision.run, "paint").ended;
    const { history } = JSON.parse(shown.stdout).task;
    assert.deepEqual(
      history.map(({ status }: { readonly status: string }) => status),
      ["asked", "success"],
    );
  });

  it("what the person's rules allow or refuse asks nobody", async (t) => {
    const project = await agentProject(t, [
      { tools: touch },
      { tools: [{ name: "Bash", input: { command: "touch refused.txt" } }] },
      { text: "Done." },
    ]);
    project.write("door.yaml", door("{ tools: [Read, 'Bash(npm test)'], permission: default }"));
    mkdirSync(join(project.home, ".config/decapod"), { recursive: true });
    writeFileSync(
      join(project.home, ".config/decapod/config.yaml"),
      "permissions: { allow: [Bash(touch asked.txt)], refuse: ['Bash(touch refused*)'] }\n",
    );
    const run = await project.start("run", "door.yaml").ended;
    assert.equal(run.code, 9, run.stderr);
    const told =
      /wanted what permissions\.refuse of your configuration refuses: Bash touch refused\.txt \(rejected\)/;
    assert.match(run.stdout, told);
    assert.equal(existsSync(join(project.path, "asked.txt")), true);
    assert.equal(existsSync(join(project.path, "refused.txt")), false);
  });
});
