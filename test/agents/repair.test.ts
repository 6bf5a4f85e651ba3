// The real claude of the pinned version mends what a shell task checks, against a stand-in of its API.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agentProject, NO_CLAUDE } from "./rig.ts";
import { textOf } from "./stub.ts";

const SITE = `name: site
tasks:
  - id: build
    agent: shell
    parameters:
      run: |
        echo x >> built
        if grep -q quote-form page.md; then
          echo 'Error: Error building site: "page.md:2:1": failed to extract shortcode: template for shortcode "quote-form" not found' >&2
          exit 255
        fi
    repair: { agent: coder, on: [template_not_found] }
`;

describe("claude-code: repair", { skip: NO_CLAUDE }, () => {
  it("T1-28 mends the page that a build failed of, after which the build succeeds", async (t) => {
    const input = { file_path: "page.md", content: "---\ntitle: x\n---\n{{< quote >}}\n" };
    const read = { name: "Read", input: { file_path: "page.md" } };
    const project = await agentProject(t, [
      { tools: [read], when: { last: /## Files that the log names\n\n- page\.md/ } },
      { tools: [{ name: "Write", input }] },
      { text: "The page names the shortcode that is there." },
    ]);
    project.write(".claude/workflows/site.yaml", SITE);
    project.write("page.md", "---\ntitle: x\n---\n{{< quote-form >}}\n");
    const { code, stdout, stderr } = await project.start("run", "site").ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /note="Build failed due to .*not found, I fixed it and retrying"/);
    assert.match(stdout, /1 success/);
    assert.match(project.read("page.md"), /\{\{< quote >\}\}/);
    assert.equal(project.read("built"), "x\nx\n");
    assert.deepEqual(
      project.stub.requests.map(({ turn }) => turn),
      [0, 1, 2],
    );
    assert.match(textOf(project.stub.requests[0]?.body.system), /You change code/);
    assert.match(project.attempt("build", "brief.md", 2), /template_not_found/);
    assert.match(project.attempt("build", "output.log", 2), /^● Write page\.md$/m);
  });
});
