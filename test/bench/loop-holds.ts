/**
 * Loaded into a program before itself: writes to `HOLDS_FILE`, at its end, the longest time in ms for which its event loop
 * was held since SIGUSR2. What the thread waited for a processor that others had is not counted where the system tells it.
 */
import { openSync, readSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const BEAT_MS = 3;

const file = process.env.HOLDS_FILE;
if (file !== undefined && isMainThread && process.argv.includes("watch")) record(file);

function record(path: string): void {
  const waited = waitedMs();
  let longest = 0;
  let [last, lastWaited] = [performance.now(), waited()];
  setInterval(() => {
    const [now, nowWaited] = [performance.now(), waited()];
    longest = Math.max(longest, now - last - BEAT_MS - (nowWaited - lastWaited));
    [last, lastWaited] = [now, nowWaited];
  }, BEAT_MS).unref();
  process.on("SIGUSR2", () => {
    longest = 0;
    [last, lastWaited] = [performance.now(), waited()];
  });
  process.on("exit", () => writeFileSync(path, String(longest)));
}

/** How long the thread has waited for a processor; 0 where nobody tells. */
function waitedMs(): () => number {
  try {
    const descriptor = openSync(`/proc/${process.pid}/task/${process.pid}/schedstat`, "r");
    const text = Buffer.alloc(100);
    return () => {
      const length = readSync(descriptor, text, 0, text.length, 0);
      return Number(text.toString("latin1", 0, length).split(" ")[1]) / 1e6;
    };
  } catch {
    return () => 0;
  }
}
