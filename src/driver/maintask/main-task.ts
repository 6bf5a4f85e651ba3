/** The worker `main-task`: what a loop does before and after each of its invocations, in this process. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { failure } from "../../core/outcome.ts";
import type { Problem } from "../../core/problem.ts";
import { problemsText } from "../../core/problems-text.ts";
import type { Clock } from "../../port/clock.ts";
import type { Driver, Outcome, Progress, Work } from "../driver.ts";
import { EMPTY_OUTCOME, refusedOutcome } from "../empty-outcome.ts";
import type { MainTaskDesk } from "./desk.ts";

const ACTIONS = ["look", "check"];
const PATIENCE = 3;

export interface MainTaskHere {
  readonly clock: Pick<Clock, "monotonic">;
  readonly mainTask: () => Promise<MainTaskDesk>;
}

export function mainTaskDriver({ clock, mainTask }: MainTaskHere): Driver {
  const timed = (act: (work: Work, desk: MainTaskDesk) => Promise<Outcome>) =>
    async function* (work: Work): AsyncGenerator<Progress, Outcome> {
      const began = clock.monotonic();
      const outcome = await act(work, await mainTask());
      const line = lineOf(outcome);
      yield { kind: "output", bytes: Buffer.byteLength(line), line };
      return { ...outcome, durationMs: clock.monotonic() - began };
    };
  return {
    name: "main-task",
    check: mainTaskProblems,
    run: timed(done),
    rehearse: timed(rehearsed),
  };
}

export function mainTaskProblems({ action }: JsonMap): readonly Problem[] {
  if (typeof action !== "string" || ACTIONS.includes(action) || action.includes("${")) return [];
  return [
    { code: "E_CHOICE", message: `action must be one of ${ACTIONS.join(", ")}`, hint: "parameters.action" },
  ];
}

async function done({ run, parameters }: Work, desk: MainTaskDesk): Promise<Outcome> {
  const asked = { run, stream: streamOf(parameters), course: parameters.course ?? null };
  if (parameters.action === "look") {
    const looked = await desk.look(asked);
    return looked.ok ? { ...EMPTY_OUTCOME, output: looked.value } : refusedOutcome(looked.problems);
  }
  const patience = Number(parameters.patience ?? PATIENCE);
  const checked = await desk.check({ ...asked, before: parameters.before ?? null, patience });
  if (!checked.ok) return refusedOutcome(checked.problems);
  const { output, failure: failed } = checked.value;
  return { ...EMPTY_OUTCOME, status: failed === null ? "success" : "failed", output, failure: failed };
}

/** Before the invocation of this number there were one fewer, after it there is it too. */
async function rehearsed({ parameters }: Work, desk: MainTaskDesk): Promise<Outcome> {
  const before = Number(parameters.invocation ?? 1) - 1;
  const made = parameters.action === "look" ? before : before + 1;
  const seen = await desk.rehearsed(streamOf(parameters), made);
  if (seen.ok) return { ...EMPTY_OUTCOME, output: seen.value };
  return {
    ...EMPTY_OUTCOME,
    status: "failed",
    failure: failure("config_error", problemsText(seen.problems)),
  };
}

function streamOf({ stream }: JsonMap): string | null {
  return typeof stream === "string" ? stream : null;
}

function lineOf({ output, failure: failed }: Outcome): string {
  if (failed !== null) return failed.message;
  const map: JsonMap = isMap(output) ? output : {};
  const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
  return `${text(map.status).toUpperCase()} ${text(map.next)}`.trim();
}
