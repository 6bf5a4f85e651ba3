import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { forbiddenEnvironmentName } from "../core/environment-names.ts";
import { realFiles } from "../port/files.ts";
import { attemptEnvironment, type EnvironmentRequest, trustedPath } from "./environment.ts";

const REQUEST: EnvironmentRequest = {
  engine: {
    PATH: "/usr/bin:/home/me/project/node_modules/.bin:relative::/bin",
    HOME: "/home/me",
    USER: "me",
    LC_ALL: "C.UTF-8",
    LD_PRELOAD: "/tmp/evil.so",
    NODE_OPTIONS: "--require /tmp/evil.js",
    AWS_SECRET_ACCESS_KEY: "of-the-deploy-step",
    HTTPS_PROXY: "http://proxy",
    no_proxy: "localhost",
    DECAPOD_ATTEMPT: "of/an/outer/one",
    MY_TOOL: "1",
    EMPTY: undefined,
  },
  pass: ["MY_TOOL", "PATH", "DECAPOD_ATTEMPT"],
  projectRoot: "/home/me/project",
  task: { TITLE: "x", CI: "0" },
  run: "01RUN",
  taskId: "build",
  attempt: "01RUN/build/1",
  temporaryFolder: "/state/1/tmp",
  outputFile: "/state/1/output",
  artifactsFolder: "/state/1/artifacts",
};

describe("C4: the environment of an attempt", () => {
  it("equals the golden list", () => {
    assert.deepEqual(
      { ...attemptEnvironment(REQUEST) },
      {
        PATH: "/usr/bin:/bin",
        HOME: "/home/me",
        USER: "me",
        LC_ALL: "C.UTF-8",
        HTTPS_PROXY: "http://proxy",
        no_proxy: "localhost",
        MY_TOOL: "1",
        TERM: "dumb",
        TMPDIR: "/state/1/tmp",
        CI: "0",
        TITLE: "x",
        DECAPOD_RUN: "01RUN",
        DECAPOD_TASK: "build",
        DECAPOD_ATTEMPT: "01RUN/build/1",
        DECAPOD_OUTPUT: "/state/1/output",
        DECAPOD_ARTIFACTS: "/state/1/artifacts",
      },
    );
  });

  it("refuses names that choose programs or belong to the engine", () => {
    const forbidden = [
      ...["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "BASH_ENV"],
      ...["GIT_SSH_COMMAND", "GIT_DIR", "PYTHONSTARTUP", "DECAPOD_ATTEMPT", "DECAPOD_OUTPUT"],
      ...["", "A=B", "A\0", "1A", "A-B", "BASH_FUNC_ls%%", "x".repeat(257)],
    ];
    assert.deepEqual(
      forbidden.filter((name) => !forbiddenEnvironmentName(name)),
      [],
    );
    const allowed = ["TITLE", "AWS_REGION", "PATHS", "MY_PATH", "_", "GITHUB_TOKEN", "path", "NODE_ENV"];
    assert.deepEqual(allowed.filter(forbiddenEnvironmentName), []);
    assert.throws(() => attemptEnvironment({ ...REQUEST, task: { LD_PRELOAD: "x" } }), /LD_PRELOAD/);
  });

  it("C6: leaves out of PATH what leads into the project or the workspace, also by a link", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "decapod-"));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const name of ["project/bin", "projectile", "tree"])
      mkdirSync(join(folder, name), { recursive: true });
    symlinkSync(join(folder, "project/bin"), join(folder, "link"));
    symlinkSync(join(folder, "project"), join(folder, "alias"));
    const path = [
      "project/bin",
      "link",
      "alias/bin",
      "projectile",
      "project",
      "tree",
      "gone",
      "project/../tree/x",
    ]
      .map((name) => join(folder, name))
      .concat("/bin", ".", "bin")
      .join(":");
    const untrusted = [join(folder, "alias"), join(folder, "tree")];
    assert.equal(trustedPath(path, untrusted, realFiles), `${folder}/projectile:${folder}/gone:/bin`);
    assert.match(trustedPath("", [], realFiles), /^\/usr\/local\/bin:\/usr\/bin:\/bin/);
  });
});
