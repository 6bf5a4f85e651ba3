import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { realFiles } from "../port/files.ts";
import type { ProcessTable } from "../port/process-table.ts";
import { portsOfProject } from "./own-processes.ts";
import type { ProcessPorts } from "./process-end.ts";

const TOKEN = "01run/a/1";
/** What each folder really is; others are not there. */
const REAL: Readonly<Record<string, string>> = {
  "/here/state": "/here/state",
  "/link/state": "/here/state",
  "/there/state": "/there/state",
};

/** Whether a process that writes its output there is seen as one of the attempt. */
function isOurs(output: string | null): boolean {
  const table = {
    variable: (_pid: number, name: string) =>
      ({ DECAPOD_ATTEMPT: TOKEN, DECAPOD_OUTPUT: output })[name] ?? null,
  } as unknown as ProcessTable;
  const realPath = (path: string) => {
    const real = REAL[path];
    if (real === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return real;
  };
  const ports = { table, files: { ...realFiles, realPath } } as unknown as ProcessPorts;
  return portsOfProject(ports, "/here/state/exits.jsonl").table.variable(7, "DECAPOD_ATTEMPT") === TOKEN;
}

describe("the processes of a project", () => {
  it("F25: are those that write into its state folder, by whatever way it is named", () => {
    assert.equal(isOurs("/here/state/runs/01run/a/1/output"), true);
    assert.equal(isOurs("/link/state/runs/01run/a/1/output"), true);
    assert.equal(isOurs(null), true, "of no project that could be named");
    assert.equal(isOurs("/gone/state/runs/01run/a/1/output"), true, "the folder had another name before");
  });

  it("are not those of an attempt with the same id in another project", () => {
    assert.equal(isOurs("/there/state/runs/01run/a/1/output"), false);
  });
});
