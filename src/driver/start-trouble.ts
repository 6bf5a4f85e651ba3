/** Why a program could not be started, told apart and put into words. */
import { resolve } from "node:path";
import { type Failure, failure } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { seen } from "../port/programs.ts";
import type { ProcessRequest, RefusedFrame } from "./spawn-host-frames.ts";

type Command = Pick<ProcessRequest, "argv" | "folder" | "environment">;

/** The system says ENOENT and EACCES for the program, for its interpreter and for the folder alike. */
export function ambiguousCode(code: string, command: Command, files: Files): string {
  if (code !== "ENOENT" && code !== "EACCES" && code !== "ENOTDIR") return code;
  if (files.statTarget(command.folder)?.kind !== "folder") return "NO_FOLDER";
  if (code === "ENOENT" && findProgram(command, files) !== null) return "NO_INTERPRETER";
  return code;
}

/** The file that the system would start, by the child's own PATH; null when there is none. */
export function findProgram({ argv, folder, environment }: Command, files: Files): string | null {
  const program = argv[0] ?? "";
  const places = program.includes("/") ? [""] : (environment.PATH ?? "").split(":");
  const paths = places.map((place) => resolve(folder, place, program));
  return paths.find((path) => seen(path, files)?.kind === "file") ?? null;
}

export function startFailure(
  { code, why = "" }: Pick<RefusedFrame, "code" | "why">,
  command: Command,
): Failure {
  const program = JSON.stringify(command.argv[0] ?? "");
  const path = `PATH is ${command.environment.PATH ?? "empty"}`;
  switch (code) {
    case "ENOENT":
      return failure("program_missing", `${program} was not found; ${path}`);
    case "EACCES":
    case "EPERM":
      return failure("program_missing", `${program} may not be executed (${code}); ${path}`);
    case "NO_INTERPRETER":
      return failure(
        "program_missing",
        `${program} exists, but the interpreter its first line names does not; ${path}`,
      );
    case "NO_FOLDER":
      return failure(
        "config_error",
        `${program} was not started: its folder ${command.folder} does not exist; ${path}`,
      );
    case "NO_INPUT":
      return failure(
        "config_error",
        `${program} was not started: the file for its standard input cannot be read; ${path}`,
      );
    case "E2BIG":
      return failure(
        "config_error",
        `${program} was not started: its arguments and environment are too long (E2BIG); ${path}`,
      );
    case "ENOEXEC":
      return failure("config_error", `${program} is no program this machine can execute (ENOEXEC); ${path}`);
    case "ERR_INVALID_ARG_VALUE":
      return failure(
        "config_error",
        `${program} was not started: an argument or a variable holds a zero byte; ${path}`,
      );
    case "BROKEN":
      return failure(
        "transient",
        `${program} was not started: decapod broke on it (${why}); if it was replaced meanwhile, start it anew`,
      );
    case "ETXTBSY":
      return failure("transient", `${program} is still being written by somebody (ETXTBSY); ${path}`);
    default:
      return failure("transient", `${program} could not be started (${code}), after several tries; ${path}`);
  }
}
