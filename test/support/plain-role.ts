import type { Role } from "../../src/core/workflow.ts";

/** A role that says nothing but this. */
export function plainRole(instructions: string): Role {
  return {
    instructions,
    driver: null,
    model: null,
    tools: null,
    deniedTools: [],
    permission: null,
    maxTurns: null,
    unsupported: [],
  };
}
