import type { Work } from "../../src/driver/driver.ts";

type Given = Pick<Work, "attempt" | "workspace" | "folder" | "environment"> & Partial<Work>;

/** The work of one attempt without anything that a test does not speak of. */
export function plainWork(given: Given): Work {
  return {
    run: "01RUN",
    task: "task",
    number: 1,
    agent: "coder",
    agentRole: null,
    parameters: {},
    options: {},
    secrets: {},
    timeoutMs: null,
    idleTimeoutMs: null,
    budget: { usd: null, tokens: null },
    outputSchema: null,
    brief: "",
    reattach: false,
    ...given,
  };
}
