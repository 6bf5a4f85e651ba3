/** The driver of claude with the program of this machine: loaded when the first role is asked for. */
import { platform } from "node:os";
import { capture } from "../../port/spawn.ts";
import type { UserSettings } from "../../spec/user-file.ts";
import type { Driver } from "../driver.ts";
import { type ClaudeOptions, claudeDriver } from "./claude.ts";
import { findProgram } from "./program.ts";

export interface ClaudeHere extends Pick<ClaudeOptions, "starter" | "files" | "clock" | "environment"> {
  readonly projectRoot: string;
  readonly user: UserSettings;
}

/** Versions of claude to take beside the known ones, for one command. */
const VERSIONS = "DECAPOD_CLAUDE_VERSIONS";

export function claudeHere({ projectRoot, user, ...parts }: ClaudeHere): Driver {
  const { files, environment } = parts;
  const { program, versions, permission, login } = user.claude;
  const named = (environment[VERSIONS] ?? "").split(",").filter((version) => version !== "");
  return claudeDriver({
    ...parts,
    login,
    permission,
    isMac: platform() === "darwin",
    program: findProgram({
      files,
      environment,
      projectRoot,
      program,
      versions: [...versions, ...named],
      capture,
    }),
  });
}
