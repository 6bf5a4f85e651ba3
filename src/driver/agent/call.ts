/** How an agent program is called, as far as all are called alike. */
import { join } from "node:path";
import { LIMITS, most } from "../../core/limits.ts";
import type { Work } from "../driver.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import { HOW_TO_ASK } from "./question.ts";
import { skillsOf } from "./settings.ts";

const UNATTENDED = `You work unattended, as one step of an automated workflow. Nobody answers questions or grants
permissions while you work: decide yourself, and say in your answer what you decided. A tool call that is refused makes the
whole step fail, so use only the tools you have, and read and write only below the folder you were started in. Leave nothing
running when you finish. Your last message is the result that the next step gets: make it complete.

${HOW_TO_ASK}`;

export function instructionsOf({ agentRole, options }: Work): string {
  const parts = [agentRole?.instructions ?? "", ...skillParts(options, agentRole), UNATTENDED];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function skillParts(options: Work["options"], role: Work["agentRole"]): readonly string[] {
  const texts = role?.skillTexts ?? {};
  return skillsOf(options, role).map((name) => `# Skill: ${name}\n\n${texts[name] ?? ""}`);
}

/** For a program that takes no instructions apart: what it is, then what it is to do. */
export function promptOf(work: Work): string {
  return `${instructionsOf(work)}\n${work.brief}`;
}

type Own = Pick<ProcessRequest, "argv" | "environment" | "view" | "input" | "secrets">;

/** `environment` and `secrets` beside those of the work. */
export function agentRequest(work: Work, { environment, secrets, ...own }: Own): ProcessRequest {
  return {
    ...own,
    id: work.attempt,
    folder: work.workspace,
    environment: { ...work.environment, ...environment },
    logPath: join(work.folder, "output.log"),
    logBytesMax: most(LIMITS.logBytes, work.limits),
    stdoutPath: join(work.folder, "stream.jsonl"),
    stdoutBytesMax: 0,
    secrets: { ...work.secrets, ...secrets },
    timeoutMs: work.timeoutMs,
    idleTimeoutMs: work.idleTimeoutMs,
  };
}
