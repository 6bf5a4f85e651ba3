/** The drivers of this machine: everything this version has. */
import type { ClaudeHere } from "../driver/claude/claude-here.ts";
import { lateClaude } from "../driver/claude/late-claude.ts";
import { makeRegistry, type Registry } from "../driver/registry.ts";
import { shellDriver } from "../driver/shell.ts";

export interface LocalDriverParts extends ClaudeHere {
  readonly isRole: (agent: string) => boolean;
}

export function localDrivers({ isRole, ...parts }: LocalDriverParts): Registry {
  return makeRegistry({
    agents: new Map([["shell", shellDriver(parts.starter)]]),
    roles: new Map([["claude-code", lateClaude(parts)]]),
    isRole,
  });
}
