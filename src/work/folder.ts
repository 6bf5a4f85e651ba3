import { join } from "node:path";

/** The folder of one attempt under the state folder; an instance is named by its place, since keys may hold anything. */
export function attemptFolder(
  stateFolder: string,
  run: string,
  ref: { readonly task: string; readonly item?: number; readonly attempt: number },
): string {
  const task = ref.item === undefined ? ref.task : `${ref.task}.${ref.item}`;
  return join(stateFolder, "runs", run, task, String(ref.attempt));
}

/** `RUN/TASK/N`, `RUN/TASK[KEY]/N`: the name of an attempt in logs, environments and messages. */
export function attemptName(
  run: string,
  ref: { readonly task: string; readonly attempt: number },
  key: string | null,
): string {
  return `${run}/${key === null ? ref.task : `${ref.task}[${key}]`}/${ref.attempt}`;
}
