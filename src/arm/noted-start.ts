/** What a run that starts on this machine notes of it, so that it goes on as it began wherever it is taken up. */
import type { RunStarted } from "../core/event.ts";
import { withFanOut } from "../core/fan-out.ts";
import { userFilePath } from "../spec/user-folder.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";

export function notedStart(
  started: RunStarted,
  { project, user, environment }: Pick<LocalEngineOptions, "project" | "user" | "environment">,
): RunStarted {
  const personFile = userFilePath(environment);
  const said = { project: project.settings.fanOut, person: user.fanOut, personFile };
  return { ...started, measures: true, ...withFanOut(started.limits, said) };
}
