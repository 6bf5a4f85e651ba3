/** What the driver and the process that deploys say to each other. Types and names only. */
import type { Failure } from "../../core/outcome.ts";
import type { DeployRequest } from "./parameters.ts";

export interface DeploySettings {
  readonly request: DeployRequest;
  readonly workspace: string;
  /** Files that it writes: see below. */
  readonly verdict: string;
  readonly began: string;
  readonly receipt: string;
}

/** Written last. Without it nobody knows how it ended. */
export interface Verdict {
  readonly failure: Failure | null;
  readonly notes: readonly string[];
}

/** The secrets of the attempt as JSON, by name: none of them may be published. Never in a file. */
export const SECRETS_VARIABLE = "DECAPOD_DEPLOY_SECRETS";
