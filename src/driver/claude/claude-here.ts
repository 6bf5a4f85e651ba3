/** The driver of claude with the program of this machine: loaded when the first role is asked for. */
import { platform } from "node:os";
import { capture } from "../../port/spawn.ts";
import type { UserSettings } from "../../spec/user-file.ts";
import { CLAUDE } from "../agent/product.ts";
import { findProgram } from "../agent/program.ts";
import type { Driver } from "../driver.ts";
import { type ClaudeOptions, claudeDriver } from "./claude.ts";

export interface ClaudeHere extends Pick<ClaudeOptions, "starter" | "files" | "clock" | "environment"> {
  readonly projectRoot: string;
  readonly user: UserSettings;
}

export function claudeHere({ projectRoot, user, ...parts }: ClaudeHere): Driver {
  const { files, environment } = parts;
  const { program, versions, permission, login } = user.agents["claude-code"];
  const found = { product: CLAUDE, files, environment, projectRoot, program, versions, capture };
  return claudeDriver({
    ...parts,
    login,
    permission,
    isMac: platform() === "darwin",
    program: findProgram(found),
  });
}
