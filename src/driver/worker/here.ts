/** What workers get of this machine and person. */
import type { ErrorTable } from "../../core/error-rule.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import type { Targets } from "../../spec/target.ts";
import type { UserSettings } from "../../spec/user-settings.ts";
import type { Driver } from "../driver.ts";
import type { MainTaskDesk } from "../maintask/desk.ts";
import type { ProcessStarter } from "../process-run.ts";

export interface WorkersHere {
  readonly starter: ProcessStarter;
  readonly files: Files;
  readonly clock: Clock;
  /** Of the person: whom new files are for. */
  readonly umask: number;
  /** decapod's own, for credentials of the person's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly project: { readonly root: string; readonly settings: { readonly targets: Targets } };
  /** How the project tells the failures of programs apart. */
  readonly errors: ErrorTable;
  readonly user: Pick<UserSettings, "roots">;
  /** Where programs are looked for: nothing of it lies in the project. */
  readonly path: string;
  readonly mainTask: () => Promise<MainTaskDesk>;
}

/** Workers that are parts of decapod, by name. */
export type BuiltInWorkers = ReadonlyMap<string, (here: WorkersHere) => Driver>;
