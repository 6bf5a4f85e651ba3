/** The arm of an engine on this machine, with what it needs of the house. */
import type { Driver, Progress } from "../driver/driver.ts";
import type { Registry } from "../driver/registry.ts";
import type { Engine } from "../host/embedded/engine.ts";
import type { Lease } from "../host/host.ts";
import { isRole } from "../spec/schema-agents.ts";
import type { AskedCache } from "../work/late-cache.ts";
import type { Outputs } from "../work/outputs.ts";
import type { Arm } from "./arm.ts";
import type { LateMeasurer } from "./late-measure.ts";
import type { LateRehearsals } from "./late-rehearsals.ts";
import type { LateWorkspaces } from "./late-workspaces.ts";
import { makeLocalArm } from "./local.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";
import { checkEffect, secretFrom } from "./short-tools.ts";

export interface ArmParts {
  readonly host: Engine;
  readonly registry: Registry;
  readonly rehearsals: LateRehearsals;
  readonly redacted: Readonly<Record<string, string>>;
  readonly workspaces: LateWorkspaces;
  readonly measurer: LateMeasurer;
  readonly outputs: Outputs;
  readonly cache: AskedCache;
  readonly onProgress: (lease: Lease, progress: Progress) => void;
}

export function armHere(options: LocalEngineOptions, parts: ArmParts): Arm {
  const { files, stateFolder, project, surroundings, environment } = options;
  const { registry, rehearsals, outputs, measurer, ...rest } = parts;
  const { limits } = project.settings;
  const place = { folder: project.root, environment, limits };
  return makeLocalArm({
    ...rest,
    files,
    driverOf: ({ assignment }) => {
      const played = rehearsals.driverOf(assignment.run);
      return played === null ? registry.driverOf(assignment) : (rehearsing(registry, assignment) ?? played);
    },
    isRehearsed: ({ assignment }) => rehearsals.driverOf(assignment.run) !== null,
    stateFolder,
    projectRoot: project.root,
    slots: options.slots,
    environment,
    environmentPass: project.settings.environmentPass,
    productionBranches: project.settings.productionBranches,
    limits,
    isAgent: (agent) => isRole(agent, surroundings),
    secretCommand: (argv) => secretFrom(argv, place),
    check: (argv, workspace) => checkEffect(argv, { ...place, folder: workspace ?? place.folder }),
    measureAgain: measurer.again,
    put: (value) => outputs.put(value),
    onRefused: () => {},
  });
}

/** A worker that can rehearse itself; agents and scripts never can. */
function rehearsing(registry: Registry, assignment: Lease["assignment"]): Driver | null {
  const driver = assignment.worker === undefined ? undefined : registry.driverOf(assignment);
  return driver?.rehearse === undefined ? null : { ...driver, run: driver.rehearse };
}
