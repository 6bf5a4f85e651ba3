/** The lower part of a terminal, repainted in place with log-update, which is loaded only where there is a terminal. */
import type { Output } from "../application.ts";

/** Text repainted in place, and text above it that stays. */
export interface Painter {
  paint(text: string): void;
  above(text: string): void;
  clear(): void;
}

export async function terminalPainter(output: Output): Promise<Painter> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(streamOf(output), { showCursor: true, defaultWidth: 80, defaultHeight: 24 });
  return {
    paint: (text) => update(text),
    above: (text) => {
      update.clear();
      output.write(`${text}\n`);
    },
    clear: () => {
      update.clear();
      update.done();
    },
  };
}

/** What log-update uses of a stream. */
function streamOf(output: Output): NodeJS.WritableStream {
  const stream = {
    write: (text: string) => {
      output.write(text);
      return true;
    },
    get columns() {
      return output.columns ?? 80;
    },
    get rows() {
      return output.rows ?? 24;
    },
    isTTY: true,
  };
  return stream as unknown as NodeJS.WritableStream;
}
