/** An owner in the background: a process of our own program, in a session of its own, that says when it is ready. */
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import type { Spawn, StartedProcess } from "../port/spawn.ts";

export const OWNER_LOG = "owner.log";
/** Above this the log of earlier ones is begun anew. */
const LOG_BYTES_MAX = 1024 * 1024;
/** Seconds, counted one by one: a machine that sleeps is waited for. */
const READY_LOOKS = 60;

export interface BackgroundOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly spawn: Spawn;
  readonly root: string;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's own, for the files that tasks make. */
  readonly umask: number;
  /** What starts our own program, and what it is told. */
  readonly argv: readonly string[];
}

/** Its number, once it has said its first word. */
export async function startBackground(options: BackgroundOptions): Promise<Result<number>> {
  const { files, spawn, root, stateFolder, environment, argv, umask } = options;
  const path = `${stateFolder}/${OWNER_LOG}`;
  files.makeFolder(stateFolder);
  const log = files.open(path, "append");
  if (log.stat().size > LOG_BYTES_MAX) log.truncate(0);
  const set = Object.entries(environment).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const word = Promise.withResolvers<string | null>();
  const born: StartedProcess[] = [];
  const ours = process.umask(umask);
  spawn.start(
    argv,
    {
      folder: root,
      environment: Object.fromEntries(set),
      stdio: ["ignore", log.descriptor, log.descriptor, "pipe"],
      ownSession: true,
    },
    {
      started: (process) => {
        born.push(process);
        process.release();
        hear(process, word.resolve);
      },
      failed: () => word.resolve(null),
      exited: () => word.resolve(null),
    },
  );
  process.umask(ours);
  log.close();
  const said = await Promise.race([word.promise, patience(options.clock)]);
  const [child] = born;
  child?.pipes[3]?.destroy();
  if (typeof said !== "string")
    return bad(failed(path, said === undefined ? "says nothing" : "ended at once"));
  const problems = JSON.parse(said) as readonly Problem[] | null;
  return problems === null ? good(child?.pid ?? 0) : bad(...problems);
}

function hear({ pipes }: StartedProcess, tell: (line: string | null) => void): void {
  let text = "";
  const pipe = pipes[3];
  pipe?.setEncoding("utf8");
  pipe?.on("data", (more: string) => {
    text += more;
    const end = text.indexOf("\n");
    if (end !== -1) tell(text.slice(0, end));
  });
  pipe?.on("error", () => {});
  pipe?.on("close", () => tell(null));
}

/** undefined after a minute of nothing. */
async function patience(clock: Clock): Promise<undefined> {
  for (let look = 0; look < READY_LOOKS; look += 1)
    await new Promise<void>((resolve) => void clock.after(1000, resolve, { hold: false }));
}

function failed(log: string, how: string): Problem {
  return {
    code: "E_BUSY",
    message: `the process in the background ${how}`,
    hint: `its words are in ${log}; or run it without --detach`,
  };
}
