/** An ACP agent that a shell script plays, with the driver that starts it. */

import { acpDriver } from "../../src/driver/acp/acp.ts";
import { NO_RULES, type PermissionRules } from "../../src/spec/permission-rules.ts";
import type { AcpUserSettings } from "../../src/spec/user-settings.ts";
import type { Played } from "./fake-agent.ts";
import { ACP_BRIDGE } from "./program.ts";

export const PERSON: AcpUserSettings = { permission: null, pass: [], authenticate: null };

export const playedAcp = (
  person: Partial<AcpUserSettings> = {},
  more: Partial<Played> = {},
  rules: PermissionRules = NO_RULES,
  waitMs = 300,
): Played => ({
  product: { command: "agent", versionWords: "", known: [] },
  make: ({ project, ...parts }) =>
    acpDriver({
      ...parts,
      projectRoot: project,
      agents: new Map([["coder", { driver: "acp", command: "agent", args: ["--stdio"] }]]),
      person: { ...PERSON, ...person },
      rules,
      waitMs,
      ...ACP_BRIDGE,
    }),
  environment: {},
  ...more,
});

/** Answers what it is asked by a table of shell cases; `$id` is the number of the request. */
export function scriptedAcp(cases: string): string {
  const answer = `answer() { echo '{"jsonrpc":"2.0","id":'"$id"',"result":'"$1"'}'; }`;
  const update = `update() { echo '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":'"$1"'}}'; }`;
  return `${answer}
${update}
said() { update '{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"'"$1"'"}}'; }
while read -r line; do
  echo "$line" >> $PLACE/heard
  id=$(echo "$line" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')
  case "$line" in
    ${cases}
    *'"initialize"'*) answer '{"protocolVersion":1,"agentInfo":{"name":"tiny","version":"0.1"}}' ;;
    *'"session/new"'*) answer '{"sessionId":"s"}' ;;
    *'"session/prompt"'*) said done; answer '{"stopReason":"end_turn"}' ;;
  esac
done`;
}
