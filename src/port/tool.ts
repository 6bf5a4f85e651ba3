/** Short tools whose output is wanted at once: argv, a deadline, a cap; nothing of it is kept anywhere. */
import { execFile } from "node:child_process";

export interface ToolRequest {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

/** What it printed, when it ended with 0 in time; else why not, without any of its output. */
export type ToolEnd =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly why: string };

export function runTool({ argv, folder, environment, timeoutMs, bytesMax }: ToolRequest): Promise<ToolEnd> {
  const [program = "", ...words] = argv;
  const options = {
    cwd: folder,
    env: environment,
    timeout: timeoutMs,
    maxBuffer: bytesMax,
    killSignal: "SIGKILL",
    encoding: "utf8",
  } as const;
  return new Promise((resolve) => {
    execFile(program, words, options, (error, output) => {
      if (error === null) resolve({ ok: true, output });
      else if (error.killed === true)
        resolve({ ok: false, why: `it did not end within ${timeoutMs / 1000} s` });
      else
        resolve({
          ok: false,
          why: typeof error.code === "number" ? `exit ${error.code}` : String(error.code),
        });
    });
  });
}
