/** What the token commands share: where the tokens are, and who may make them. */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { refuseInside, refuseProgram } from "../../server/people.ts";
import { counts, type TokenEntry, type TokenPlace } from "../../server/person-tokens.ts";
import { type Context, projectOf } from "../context.ts";
import { take } from "../refusal.ts";

/** `at a terminal`: whoever makes one decides later. `outside`: no attempt around; all may look. */
export function tokenPlace(context: Context, who: "anybody" | "outside" | "at a terminal"): TokenPlace {
  take(admitted(who));
  const { environment, files } = context.application;
  return { environment, files, root: projectOf(context).root };
}

function admitted(who: Parameters<typeof tokenPlace>[1]): Result<null> {
  if (who === "anybody") return good(null);
  if (who === "outside") return resultOf(refuseInside(process.pid));
  const refused = refuseProgram(process.pid);
  // What helps elsewhere is a token, and there is none yet.
  return resultOf(refused && { ...refused, hint: "make it at a terminal" });
}

function resultOf(refused: Problem | null): Result<null> {
  return refused === null ? good(null) : bad(refused);
}

export function stateOf(token: TokenEntry, now: number): "valid" | "revoked" | "expired" {
  if (counts(token, now)) return "valid";
  return token.revokedAt === null ? "expired" : "revoked";
}
