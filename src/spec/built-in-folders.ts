import { packageFolder } from "../port/package-folder.ts";

/** Where the workflows that come with decapod lie, to make one's own and to show; the first found counts. */
export const BUILT_IN_FOLDERS: readonly string[] = ["templates", "examples"].map(packageFolder);
