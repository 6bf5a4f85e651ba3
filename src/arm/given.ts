/** What comes with decapod: roles, workers, workflows to make one's own and to show, and what drivers check. */
import { CHECKS } from "../driver/checks.ts";
import { packageFolder } from "../port/package-folder.ts";
import { BUILT_IN_FOLDERS } from "../spec/built-in-folders.ts";

export const GIVEN = {
  checks: CHECKS,
  builtInRoles: packageFolder("agents"),
  builtInWorkers: packageFolder("workers"),
  builtInFolders: BUILT_IN_FOLDERS,
};
