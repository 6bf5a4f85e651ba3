/** A loop as the workflow that it becomes: look, one attempt of an agent, check; until MAIN_TASK says that it is over. */
import type { Json, JsonMap } from "../../core/json.ts";
import { type Course, NO_COURSE } from "./progress.ts";

export interface LoopOptions {
  readonly stream: string | null;
  readonly agent: string;
  /** Invocations of one run. */
  readonly max: number;
  readonly sleepSeconds: number;
  readonly patience: number;
  /** Of one invocation, such as `1h`. */
  readonly timeout: string;
  /** Where an earlier run left off. */
  readonly course: Course;
  /** Invocations of the runs before it. */
  readonly before: number;
  readonly isRehearsal: boolean;
}

/** How the runs of loops are found among all runs. */
export const LOOP_LABEL = "loop";
/** A run holds no more; a longer loop goes on in a run of its own. */
export const INVOCATIONS_MAX = 100;
/** The task in which it happens. */
const INVOCATIONS = "invocations";
const LONG = "365d";

export function loopName(stream: string | null): string {
  return stream === null ? "loop" : `loop-${stream}`;
}

export function loopDefinition(options: LoopOptions): JsonMap {
  const { stream, max, sleepSeconds, course, before, isRehearsal } = options;
  const name = loopName(stream);
  return {
    version: "1.0",
    name,
    description: `one action for each invocation, as ${stream === null ? "" : `${stream}/`}MAIN_TASK says`,
    // Only of a run that goes on where another one left off.
    ...(isGoingOn(options) && {
      params: {
        course: { type: "object", default: course as unknown as Json },
        before: { type: "number", default: before },
      },
    }),
    settings: {
      timeout: LONG,
      // Of two that were begun at the same moment one waits, and then sees what the other did. A rehearsal waits for nobody.
      ...(!isRehearsal && { concurrency: { group: `main-task/${stream ?? ""}`, on_conflict: "queue" } }),
    },
    tasks: [
      {
        id: INVOCATIONS,
        agent: "group",
        repeat: {
          until: "${check.output.stop != ''}",
          max,
          delay: sleepSeconds,
          on_exhausted: "continue",
        },
        parameters: {
          tasks: invocation(options),
          outputs: {
            stop: "${check.output.stop}",
            status: "${check.output.status}",
            next: "${check.output.next}",
            revision: "${check.output.revision}",
            course: "${check.output.course}",
            invocations: numberOf(options),
          },
        },
      },
    ],
  };
}

function isGoingOn({ course, before }: LoopOptions): boolean {
  return before > 0 || course !== NO_COURSE;
}

function numberOf(options: LoopOptions): string {
  return isGoingOn(options) ? "${params.before + iteration}" : "${iteration}";
}

function invocation(options: LoopOptions): readonly JsonMap[] {
  const { stream, agent, patience, timeout } = options;
  const course = isGoingOn(options)
    ? "${previous.output.course ?? params.course}"
    : "${previous.output.course}";
  const of = { stream, course, invocation: numberOf(options) };
  return [
    { id: "look", agent: "main-task", parameters: { action: "look", ...of } },
    {
      id: "act",
      agent,
      dependencies: ["look"],
      condition: "${look.output.stop == ''}",
      timeout,
      retry: { max_attempts: 3, delay: 20, on: ["transient", "rate_limited"] },
      env: { MAIN_TASK_REVISION: "${look.output.revision}", MAIN_TASK_STREAM: stream ?? "" },
      parameters: { task: "${look.output.brief}" },
    },
    {
      id: "check",
      agent: "main-task",
      // Also what an invocation left that failed is looked at, and put right.
      dependencies: ["look", "act"],
      trigger_rule: "all_done",
      condition: "${look.status == 'success'}",
      parameters: { action: "check", ...of, before: "${look.output.before}", patience },
    },
  ];
}
