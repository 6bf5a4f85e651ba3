/** What is said of `tasks/pending` itself, and of what lies there for nobody. */
import type { Problem } from "../../core/problem.ts";

export function notWatched(code: string, everySeconds: number): Problem {
  return {
    code: "W_WATCH",
    message: `tasks/pending cannot be watched${code}; it is looked at every ${everySeconds} seconds`,
    hint: "raise fs.inotify.max_user_watches and max_user_instances",
  };
}

export function passedOver(shown: string, reason: string): Problem {
  return { code: "W_STRAY_FILE", message: `${shown} is passed over: ${reason}` };
}

/** As each of the tasks sees it. */
export function circleProblem(turn: readonly string[]): Problem {
  return {
    code: "E_CYCLE",
    message: `${turn.join(" → ")}: these task files wait for each other`,
    hint: "leave one depends_on out",
  };
}
