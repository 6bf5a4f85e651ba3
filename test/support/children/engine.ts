// A tiny engine to be killed: starts the attempts it is told, says "started NAME PID" and "ended NAME KIND CODE".
import { join } from "node:path";
import { startSpawnHost } from "../../../src/driver/spawn-host.ts";
import { idIn } from "../processes.ts";

interface Plan {
  readonly folder: string;
  readonly whenEngineDies: "stay" | "end";
  readonly graceMs: number;
  readonly attempts: readonly { readonly name: string; readonly argv: readonly string[] }[];
}

const plan = JSON.parse(process.argv[2] ?? "") as Plan;
const say = (text: string) => void process.stdout.write(`${text}\n`);
const host = startSpawnHost({
  exitLog: join(plan.folder, "exits.jsonl"),
  pipeFolder: plan.folder,
  whenEngineDies: plan.whenEngineDies,
  graceMs: plan.graceMs,
  drainMs: 300,
  sweepMs: 50,
});
await host.ready;
say(`host ${host.hosts()[0]}`);
for (const { name, argv } of plan.attempts) {
  const id = idIn(plan.folder, name);
  const path = join(plan.folder, name);
  host.start(
    {
      id,
      argv,
      folder: plan.folder,
      environment: { PATH: "/usr/bin:/bin", DECAPOD_ATTEMPT: id },
      logPath: `${path}.log`,
      stdoutPath: `${path}.out`,
      stdoutBytesMax: 65_536,
      view: null,
      input: null,
      secrets: {},
      timeoutMs: null,
      idleTimeoutMs: null,
    },
    {
      started: (pid) => say(`started ${name} ${pid}`),
      output: () => {},
      quiet: () => {},
      ended: (end) => say(`ended ${name} ${end.kind} ${end.kind === "exit" ? end.code : ""}`),
    },
  );
}
