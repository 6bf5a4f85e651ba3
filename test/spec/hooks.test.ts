import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodWorkflow } from "../support/surroundings.ts";
import { only } from "../support/written.ts";

const TASK = "name: x\ntasks:\n  - { id: a, agent: coder, parameters: { task: t } }";

describe("what hooks hold", () => {
  it("refuses what a hook may not hold inside, at its place and however deep", () => {
    const group = (inner: string) => `agent: group, parameters: {tasks: [${inner}]}`;
    const hook = (inner: string) => `${TASK}\nhooks: {on_failure: [{id: h, ${group(inner)}}]}`;
    const text = hook("{id: q, agent: approval}");
    const asks = only(text, "E_FIELD_CONTEXT");
    assert.match(asks.message, /a hook cannot hold agent approval/);
    const lines = text.split("\n");
    assert.equal(asks.at?.line, lines.length);
    assert.equal(asks.at?.column, (lines.at(-1)?.indexOf("approval") ?? 0) + 1);
    only(hook("{id: q, agent: wait, parameters: {for: 1}}"), "E_FIELD_CONTEXT");
    only(hook(`{id: g, ${group("{id: q, agent: approval}")}}`), "E_FIELD_CONTEXT");
    only(hook("{id: q, agent: shell, parameters: {run: ls}, approval: {message: Sure?}}"), "E_FIELD_CONTEXT");
    goodWorkflow(
      hook(
        "{id: q, agent: shell, parameters: {run: ls}}, {id: r, agent: finish, parameters: {status: success}}",
      ),
    );
  });

  it("refuses in its numbers what goes on while it runs, and takes it in its fields", () => {
    const hook = (fields: string) =>
      `${TASK}\nhooks: {on_complete: [{id: h, agent: shell, parameters: {run: ls}, ${fields}}]}`;
    for (const name of ["duration_seconds", "cost_usd"]) {
      only(hook(`retry: {max_attempts: 2, delay: "\${3 - run.${name}}"}`), "E_EXPR_NAME");
      only(hook(`timeout: "\${60 - run.${name}}"`), "E_EXPR_NAME");
      goodWorkflow(hook(`env: {TOOK: "\${run.${name}}"}`));
    }
  });
});
