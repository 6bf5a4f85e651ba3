/** Asks at the terminal. Loaded only when something is asked. */
import { createInterface } from "node:readline/promises";

export interface AskOptions {
  readonly signal: AbortSignal;
  /** ctrl-C while a line is being typed: the terminal does not make a signal of it then. */
  readonly onInterrupt: () => void;
}

/** The line typed, or null when it was interrupted, withdrawn or the terminal is gone. */
export async function askLine(prompt: string, { signal, onInterrupt }: AskOptions): Promise<string | null> {
  const terminal = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: true,
    historySize: 0,
  });
  const gone = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  terminal.on("SIGINT", () => {
    onInterrupt();
    terminal.close();
  });
  try {
    const typed = await Promise.race([terminal.question(prompt, { signal }), gone]);
    if (typed !== null) return typed;
  } catch {
    // Withdrawn.
  } finally {
    terminal.close();
  }
  // Nobody has ended the line.
  process.stderr.write("\n");
  return null;
}
