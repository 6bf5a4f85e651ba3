/** The bridge's entry point: settings by a file, events to standard output, the end of standard input is a word to stop. */
import { realClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { printNow } from "../../port/process.ts";
import { realSpawn } from "../../port/spawn.ts";
import { runBridge } from "./bridge.ts";
import type { BridgeSettings } from "./bridge-settings.ts";

const settings = JSON.parse(realFiles.readText(process.argv[2] ?? "")) as BridgeSettings;
let isCancelled = false;
let cancel = () => {};
const stop = () => {
  if (isCancelled) return;
  isCancelled = true;
  cancel();
};
process.stdin.on("data", stop);
process.stdin.on("end", stop);
void runBridge(settings, {
  spawn: realSpawn,
  files: realFiles,
  clock: realClock,
  environment: process.env as Readonly<Record<string, string>>,
  // Nothing waits in memory: a flood is slowed down to what is taken of it.
  print: printNow,
  onCancel: (call) => {
    cancel = call;
    if (isCancelled) call();
  },
}).then((code) => process.exit(code));
