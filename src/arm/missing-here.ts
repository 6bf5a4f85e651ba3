/** What stops a workflow from starting on this machine: missing drivers, secrets, pools, labels. */
import { SECRET_LENGTH_MIN } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Registry } from "../driver/registry.ts";
import { readCalled } from "../host/embedded/sources.ts";
import { startProblems } from "../spec/startable.ts";
import { knownSecret } from "../work/secrets.ts";
import { LOCAL_POOL } from "./local.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";

export function missingHere(
  workflow: Workflow,
  options: LocalEngineOptions,
  registry: Registry,
): readonly Problem[] {
  const { files, environment, project } = options;
  const secrets = { files, environment, projectRoot: project.root };
  return startProblems(workflow, {
    refuses: (asked) => registry.refuses(asked),
    hasSecret: (source) => {
      const value = knownSecret(source, secrets);
      return value === undefined ? null : value !== null;
    },
    isSecretShort: (source) =>
      (knownSecret(source, secrets)?.length ?? SECRET_LENGTH_MIN) < SECRET_LENGTH_MIN,
    targets: project.settings.targets,
    pools: new Set([LOCAL_POOL]),
    labels: new Set(),
    called: (call, { workflows }) => {
      const read = readCalled(options, call, workflows);
      return read.ok ? read.value.workflow : null;
    },
    rehearse: false,
  });
}
