/** The drivers of agents, with the programs of this machine: loaded when the first role is asked for. */
import { platform } from "node:os";
import type { DrivenAgent } from "../spec/user-settings.ts";
import { acpDriver } from "./acp/acp.ts";
import { type AgentsHere, programHere } from "./agent/here.ts";
import { CLAUDE, CODEX, GEMINI, OPENCODE } from "./agent/product.ts";
import { claudeDriver } from "./claude/claude.ts";
import { codexDriver } from "./codex/codex.ts";
import type { Driver } from "./driver.ts";
import { geminiDriver } from "./gemini/gemini.ts";
import { opencodeDriver } from "./opencode/opencode.ts";

export function driverHere(name: DrivenAgent | "acp", here: AgentsHere): Driver {
  if (name === "acp")
    return acpDriver({
      ...here,
      projectRoot: here.project.root,
      agents: here.project.settings.agents,
      person: here.user.acp,
      rules: here.user.permissions,
    });
  const { login, permission } = here.user.agents[name];
  const parts = { ...here, projectRoot: here.project.root, login, permission, rules: here.user.permissions };
  switch (name) {
    case "claude-code":
      return claudeDriver({
        ...parts,
        isMac: platform() === "darwin",
        servers: here.user.mcpServers,
        program: programHere(CLAUDE, parts),
      });
    case "codex":
      return codexDriver({ ...parts, program: programHere(CODEX, parts) });
    case "gemini":
      return geminiDriver({
        ...parts,
        program: programHere(GEMINI, parts),
      });
    case "opencode":
      return opencodeDriver({ ...parts, program: programHere(OPENCODE, parts) });
    /* node:coverage ignore next */
    default:
      return name satisfies never;
  }
}
