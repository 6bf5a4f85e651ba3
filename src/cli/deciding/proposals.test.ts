// A habit of answers becomes the line of a rule: in journals of runs that were played, shown by the real commands.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { decapod } from "../../../test/support/command-line.ts";
import { KeptProject } from "../../../test/support/kept-project.ts";
import { temporaryFolder } from "../../../test/support/processes.ts";

const DOOR = "name: door\ntasks:\n  - { id: paint, agent: coder, parameters: { task: Paint } }\n";

interface Asked {
  readonly project: KeptProject;
  /** A run in which an agent asked for this, and what was said to it; null: nothing yet. */
  readonly ask: (rule: string, choice: "approve" | "reject" | null, rehearse?: boolean) => Promise<void>;
  readonly inbox: (...words: readonly string[]) => Promise<string>;
  readonly home: string;
}

function asked(t: TestContext): Asked {
  const project = new KeptProject();
  t.after(() => project.remove());
  const home = temporaryFolder(t);
  return {
    project,
    home,
    ask: async (rule, choice, rehearse = false) => {
      const asks = { kind: "permission", message: "claude wants", offers: [], wants: [rule] } as const;
      await project.keep(
        DOOR,
        (play) => {
          play.start("paint").end("paint", { status: "failed", asks });
          const decision = play.unit("paint").decision?.id ?? "";
          const made = { type: "decision.made", decision, comment: null, fields: {} } as const;
          if (choice !== null) play.send({ ...made, choice, by: "kim", via: "cli" });
        },
        { started: { rehearse } },
      );
    },
    inbox: async (...words) => {
      const environment = { XDG_CONFIG_HOME: home };
      const setting = { folder: project.folder, reader: project.reader(), environment };
      const { code, stdout, stderr } = await decapod(setting, "inbox", ...words);
      assert.equal(code, 0, stderr);
      return stdout;
    },
  };
}

describe("a request that was answered often", () => {
  it("comes with the rule that would answer it, and the file that it belongs into", async (t) => {
    const { ask, inbox, home } = asked(t);
    for (const choice of ["approve", "approve", "approve", null] as const)
      await ask("Bash(npm test)", choice);
    const text = await inbox();
    assert.match(text, /allowed 3 times and never otherwise; to be asked no more, put this into/);
    assert.ok(text.includes(join(home, "decapod/config.yaml")), text);
    assert.ok(text.includes('permissions: { allow: ["Bash(npm test)"] }'), text);
    const [decision] = JSON.parse(await inbox("--json")).decisions;
    assert.deepEqual(decision.proposals, [{ list: "allow", rule: "Bash(npm test)", times: 3 }]);
  });

  it("with no, with the rule that refuses it", async (t) => {
    const { ask, inbox } = asked(t);
    for (const choice of ["reject", "reject", "reject", null] as const) await ask("Bash(git push)", choice);
    assert.match(await inbox(), /refused 3 times.*\n {4}permissions: \{ refuse: \["Bash\(git push\)"\] \}/);
  });

  it("comes with none when it was answered twice, in two ways, in rehearsals, or has its rule", async (t) => {
    const { ask, inbox, home } = asked(t);
    for (const choice of ["approve", "approve"] as const) await ask("Bash(npm test)", choice);
    await ask("Bash(npm test)", "approve", true);
    await ask("Bash(npm run lint)", "approve");
    await ask("Bash(npm test)", null);
    assert.doesNotMatch(await inbox(), /permissions:/, "twice");
    await ask("Bash(npm test)", "approve");
    assert.match(await inbox(), /permissions:/, "a third time");
    mkdirSync(join(home, "decapod"));
    writeFileSync(join(home, "decapod/config.yaml"), "permissions: { allow: [Bash(npm test)] }\n");
    assert.doesNotMatch(await inbox(), /permissions:/, "with its rule");
    writeFileSync(join(home, "decapod/config.yaml"), "");
    await ask("Bash(npm test)", "reject");
    assert.doesNotMatch(await inbox(), /permissions:/, "in two ways");
  });
});
