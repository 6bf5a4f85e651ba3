/** What drivers of agents get of this machine and person. */
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { capture } from "../../port/spawn.ts";
import type { AgentSetting } from "../../spec/project-settings.ts";
import type { Targets } from "../../spec/target.ts";
import type { UserSettings } from "../../spec/user-settings.ts";
import type { ProcessStarter } from "../process-run.ts";
import type { Product } from "./product.ts";
import { type Environment, findProgram, type Program } from "./program.ts";

export interface AgentsHere {
  readonly starter: ProcessStarter;
  readonly files: Files;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly project: {
    readonly root: string;
    readonly settings: { readonly agents: ReadonlyMap<string, AgentSetting>; readonly targets: Targets };
  };
  readonly user: UserSettings;
}

export function programHere(
  product: Product,
  {
    files,
    environment,
    projectRoot,
    user,
  }: Pick<AgentsHere, "files" | "environment" | "user"> & { readonly projectRoot: string },
): Program {
  const { program, versions } = user.agents[product.driver];
  return findProgram({ product, files, environment, projectRoot, program, versions, capture });
}
