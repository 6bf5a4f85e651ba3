/** An approval that becomes void so many times, because what was approved is another each time it shall be done. */
import type { Limits } from "../../src/core/limits.ts";
import { flow, Play } from "./decider.ts";
import { FOUND } from "./measured-found.ts";

/** What the task says when it gives up; null while it asks or goes on. */
export function voidedOften(times: number, limits: Limits): string | null {
  const play = new Play(flow("d : agent: deploy, parameters: { environment: staging }"), {
    measures: true,
    limits,
  });
  const built = (digest: string) => ({ ...FOUND, artefact: { path: "public", digest, files: 1, bytes: 1 } });
  play.send({ type: "task.measured", task: "d", found: built("0".repeat(64)) });
  for (let time = 1; time <= times; time += 1) {
    const stale = built(String(time).padStart(64, "0"));
    play.end("d", { status: "failed", exitCode: null, stale });
  }
  return play.task("d").unit.error?.message ?? null;
}
