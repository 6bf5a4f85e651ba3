/** What the token commands share: where the tokens are, and who may make them. */
import { bad, good, type Result } from "../../core/problem.ts";
import { refuseInside, refuseProgram } from "../../server/people.ts";
import { counts, readTokens, type TokenEntry, type TokenPlace } from "../../server/person-tokens.ts";
import { type Context, projectOf } from "../context.ts";
import { take } from "../refusal.ts";

export interface OpenTokens {
  readonly place: TokenPlace;
  readonly tokens: readonly TokenEntry[];
  readonly now: number;
}

/** `at a terminal`: whoever makes one decides later. `outside`: no attempt around; all may look. */
export function openTokens(context: Context, who: "anybody" | "outside" | "at a terminal"): OpenTokens {
  take(admitted(who));
  const { environment, files, clock } = context.application;
  const place = { environment, files, root: projectOf(context).root };
  return { place, tokens: take(readTokens(place)), now: clock.wall() };
}

function admitted(who: Parameters<typeof openTokens>[1]): Result<null> {
  const refused =
    who === "anybody" ? null : who === "outside" ? refuseInside(process.pid) : refuseProgram(process.pid);
  return refused === null ? good(null) : bad(refused);
}

export function stateOf(token: TokenEntry, now: number): "valid" | "revoked" | "expired" {
  if (counts(token, now)) return "valid";
  return token.revokedAt === null ? "expired" : "revoked";
}
